export { waitUntil } from '../../dev/wait-until.ts';

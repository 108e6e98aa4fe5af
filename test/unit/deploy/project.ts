import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Paths from the project's folder, as the container files write them. */
const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export const exists = (path: string): boolean => existsSync(pathOf(path));
export const read = (path: string): string => readFileSync(pathOf(path), 'utf8');

/** `dist/bridge/main.js` is there after a build when `bridge/main.ts` is there now. */
export const sourceOf = (compiled: string): string => compiled.replace(/^dist\//, '').replace(/\.js$/, '.ts');

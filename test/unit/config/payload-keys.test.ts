import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../../config/load.ts';
import { temporaryFile } from '../../support/temporary-folder.ts';

const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const keysOf = (env: Readonly<Record<string, string>>) =>
  loadConfig({ WORKER_ROLE: 'none', ...env }).temporal.payloads.keys.map(({ id, secret }) => [
    id,
    secret.toString('base64'),
  ]);

const keysFile = (content: string) => temporaryFile('payload-keys', content);

test('keys come in their order, from the variable or from a file with comments', () => {
  expect(keysOf({})).toEqual([]);
  expect(keysOf({ PAYLOAD_KEYS: `new:${one}, old:${two}` })).toEqual([
    ['new', one],
    ['old', two],
  ]);
  const PAYLOAD_KEYS_FILE = keysFile(`# since May\nnew:${one}\n\nold:${two}\n`);
  expect(keysOf({ PAYLOAD_KEYS_FILE })).toEqual([
    ['new', one],
    ['old', two],
  ]);
});

const SHORT = 'c2hvcnQgY2FuYXJ5';

test.each([
  ['no id', one, /PAYLOAD_KEYS: entry 1: must be id:key/],
  ['a short key', `a:${one},b:${SHORT}`, /PAYLOAD_KEYS: entry 2: the key must be 32 bytes in base64/],
  ['a key with a typing error', `a:${one.slice(0, 20)}!${one.slice(21)}`, /entry 1: the key must be 32 bytes/],
  ['the same id twice', `a:${one},a:${two}`, /entry 2: the id must be unique/],
  ['nothing but a comma', ',', /PAYLOAD_KEYS: has no key/],
])('%s is a problem that quotes nothing of a key', (_case, PAYLOAD_KEYS, problem) => {
  const load = () => keysOf({ PAYLOAD_KEYS });
  expect(load).toThrow(problem);
  for (const secret of [one, two, SHORT]) expect(load).not.toThrow(secret.slice(0, 8));
});

test('a file that is not there, and both variables at once, are problems', () => {
  expect(() => keysOf({ PAYLOAD_KEYS_FILE: '/nowhere/keys' })).toThrow(
    'PAYLOAD_KEYS_FILE: /nowhere/keys: cannot be read (ENOENT)',
  );
  expect(() => keysOf({ PAYLOAD_KEYS: `a:${one}`, PAYLOAD_KEYS_FILE: keysFile(`b:${two}`) })).toThrow('PAYLOAD_KEYS');
});

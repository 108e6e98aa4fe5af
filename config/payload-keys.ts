import { readText } from './settings-file.ts';

/** A key that payloads are encrypted with. */
export interface PayloadKey {
  /** Stands in clear beside what it encrypted. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Buffer;
}

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** `Buffer.from` passes over what is not base64, and would make a key of the rest. */
const BASE64 = /^[A-Za-z0-9+/]{43}=?$/;

/**
 * The keys of `PAYLOAD_KEYS`, or of the file that `PAYLOAD_KEYS_FILE` names: `id:base64`, separated by commas or line breaks; lines
 * that begin with # are comments. What is wrong goes into `problems`, by its place: nothing of a key is quoted.
 * @returns the first one encrypts, all of them decrypt. None: payloads are not encrypted.
 */
export function loadPayloadKeys(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): readonly PayloadKey[] {
  const { PAYLOAD_KEYS: written = '', PAYLOAD_KEYS_FILE: file = '' } = env;
  if (written !== '' && file !== '') {
    problems.push('PAYLOAD_KEYS: is not for use together with PAYLOAD_KEYS_FILE');
    return [];
  }
  if (file === '') return written === '' ? [] : parse(written, 'PAYLOAD_KEYS', problems);
  const text = readText({ variable: 'PAYLOAD_KEYS_FILE', file }, problems);
  return text === undefined ? [] : parse(text, `PAYLOAD_KEYS_FILE: ${file}`, problems);
}

function parse(text: string, where: string, problems: string[]): PayloadKey[] {
  const entries = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  // Set, but empty: whoever sets it wants encryption, and would go without.
  if (entries.length === 0) problems.push(`${where}: has no key`);
  const keys: PayloadKey[] = [];
  entries.forEach((entry, index) => {
    const [id = '', secret = ''] = splitOnce(entry);
    const place = `${where}: entry ${String(index + 1)}`;
    if (!KEY_ID.test(id)) problems.push(`${place}: must be id:key, the id 1 to 64 of A-Z a-z 0-9 . _ -`);
    else if (!BASE64.test(secret)) problems.push(`${place}: the key must be ${String(KEY_BYTES)} bytes in base64`);
    else if (keys.some((key) => key.id === id)) problems.push(`${place}: the id must be unique`);
    else keys.push({ id, secret: Buffer.from(secret, 'base64') });
  });
  return keys;
}

function splitOnce(entry: string): string[] {
  const colon = entry.indexOf(':');
  return colon === -1 ? [] : [entry.slice(0, colon), entry.slice(colon + 1)];
}

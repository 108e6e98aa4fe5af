import { MAX_HEADERS, MAX_HEADER_BYTES, MAX_KEY_BYTES } from '../../contracts/limits.ts';
import { kindsOf, messageWith, textOf, type HostileKind } from './kind.ts';

/** To be set as `MAX_RECORD_BYTES`: thousands of records around the default of some MiB would measure the disk. */
export const RECORD_LIMIT_BYTES = 256 * 1024;

const headers = (count: number, bytes = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`h-${String(index)}`, 'x'.repeat(bytes)]));

/** A message whose record has exactly so many bytes. */
function ofBytes(bytes: number, id: string): string {
  const empty = messageWith(id, { payload: { text: `${textOf(id)} ` } });
  return messageWith(id, { payload: { text: `${textOf(id)} ${'x'.repeat(bytes - Buffer.byteLength(empty))}` } });
}

/** What is just too large, and what is just not. */
export const oversize: readonly HostileKind[] = [
  ...kindsOf(
    ['value', 'Message.TooLarge'],
    { 'one byte too large': 1, 'twice too large': RECORD_LIMIT_BYTES },
    (more, id) => ({
      value: ofBytes(RECORD_LIMIT_BYTES + more, id),
    }),
  ),
  {
    name: 'value: a template just small enough',
    endsAs: 'processed',
    make: (id) => {
      const message = (filler: string) =>
        messageWith(id, { type: 'template', payload: { template: filler, values: {} } });
      return { id, value: message('x'.repeat(RECORD_LIMIT_BYTES - Buffer.byteLength(message('')))) };
    },
  },
  {
    name: 'key: too large',
    endsAs: 'Message.TooLarge',
    make: (id) => ({ key: Buffer.alloc(MAX_KEY_BYTES + 1, 'k'), value: messageWith(id) }),
  },
  ...kindsOf(
    ['headers', 'Message.TooManyHeaders'],
    {
      'one too many': headers(MAX_HEADERS + 1),
      'a thousand': headers(1_000),
      'too many bytes in one': { h: 'x'.repeat(MAX_HEADER_BYTES) },
      'too many bytes in all': headers(200, 200),
      'a name too long': { ['n'.repeat(MAX_HEADER_BYTES + 1)]: '' },
    },
    (many, id) => ({ value: messageWith(id), headers: many }),
  ),
  ...kindsOf(
    ['headers', 'processed'],
    { 'just few enough': headers(MAX_HEADERS), 'just small enough': { h: 'x'.repeat(MAX_HEADER_BYTES - 1) } },
    (many, id) => ({ id, value: messageWith(id), headers: many }),
  ),
];

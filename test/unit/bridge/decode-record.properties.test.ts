import fc from 'fast-check';
import { decodeRecord } from '../../../bridge/decode-record.ts';
import { toHeaderPairs, toKafkaHeaders } from '../../../kafka/record-headers.ts';
import { anyBytes, anyText, holds, trickyName } from '../../support/properties.ts';
import { aSourceRecord } from '../../support/source-records.ts';

const name = fc.oneof(trickyName, anyText(12), fc.constantFrom('message-id', 'ce_id', 'traceparent'));
const headers = fc.array(fc.tuple(name, anyBytes(40)), { maxLength: 12 });
const json = fc.oneof(
  fc.json(),
  fc
    .record(
      { id: fc.jsonValue(), priority: fc.oneof(fc.integer({ min: -1, max: 7 }), fc.double()) },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  fc
    .dictionary(fc.oneof(trickyName, fc.constantFrom('id', 'type', 'tenant', 'priority')), fc.jsonValue())
    .map((value) => JSON.stringify(value)),
  fc.constantFrom('{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}'),
);
const value = fc.oneof(
  anyBytes(80),
  json.map((text) => Buffer.from(text)),
  fc.constant(null),
);

const KINDS = ['Message.Unreadable', 'Message.TooLarge', 'Message.TooManyHeaders'];

test('any record is a message or refused with a reason; none throws, and none changes what objects have', () => {
  const before = Object.getOwnPropertyNames(Object.prototype);
  holds(
    fc.property(value, fc.option(anyBytes(20)), headers, (content, key, pairs) => {
      const decoded = decodeRecord(aSourceRecord(content, { key, headers: pairs }));
      if (decoded.kind === 'refused') {
        expect(KINDS).toContain(decoded.type);
        expect(decoded.reason.length).toBeLessThan(200);
      } else {
        const { id, routing } = decoded;
        expect([undefined, 'string']).toContain(id === undefined ? undefined : typeof id);
        expect(id).not.toBe('');
        expect(Object.getPrototypeOf(routing)).toBe(Object.prototype);
        for (const text of [routing.type, routing.tenant]) expect(text ?? 'absent').not.toBe('');
        expect([undefined, 1, 2, 3, 4, 5]).toContain(routing.priority);
      }
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});

test('a JSON object is always a message, whatever it holds, and other JSON never is', () => {
  holds(
    fc.property(json, (text) => {
      const parsed: unknown = JSON.parse(text);
      const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
      expect(decodeRecord(aSourceRecord(Buffer.from(text))).kind).toBe(isObject ? 'message' : 'refused');
    }),
  );
});

test('headers that are sent arrive with the same names and bytes, repeated ones in their order', () => {
  const byName = (pairs: readonly (readonly [string, Buffer])[]) => {
    const grouped = new Map<string, string[]>();
    for (const [own, bytes] of pairs) grouped.set(own, [...(grouped.get(own) ?? []), bytes.toString('hex')]);
    return grouped;
  };
  holds(
    fc.property(headers, (pairs) => {
      expect(byName(toHeaderPairs(toKafkaHeaders(pairs)))).toEqual(byName(pairs));
    }),
  );
});

test('of what a client library could give for headers, only bytes and texts count', () => {
  const anything = fc.oneof(
    anyBytes(8),
    fc.string({ maxLength: 8 }),
    fc.constant(null),
    fc.constant(undefined),
    fc.integer(),
    fc.constant(Object),
    fc.object(),
  );
  holds(
    fc.property(
      fc.dictionary(name, fc.oneof(anything, fc.array(anything, { maxLength: 3 })), { noNullPrototype: false }),
      (received) => {
        const pairs = toHeaderPairs(received);
        const expected = Object.values(received)
          .flat()
          .filter((item) => item === null || typeof item === 'string' || Buffer.isBuffer(item));
        expect(pairs).toHaveLength(expected.length);
        for (const [own, bytes] of pairs) {
          expect(Object.keys(received)).toContain(own);
          expect(Buffer.isBuffer(bytes)).toBe(true);
        }
      },
    ),
  );
});

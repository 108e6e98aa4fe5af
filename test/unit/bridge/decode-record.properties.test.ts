import fc from 'fast-check';
import { decodeRecord } from '../../../bridge/decode-record.ts';
import { anyBytes, anyText, holds, trickyName } from '../../support/properties.ts';
import { aSourceRecord } from '../../support/source-records.ts';

const name = fc.oneof(trickyName, anyText(12), fc.constantFrom('message-id', 'ce_id', 'traceparent'));
const headers = fc.array(fc.tuple(name, fc.option(anyBytes(40))), { maxLength: 12 });
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

const MAX_BYTES = 1024 * 1024;
const KINDS = ['Message.Unreadable', 'Message.TooLarge', 'Message.TooManyHeaders'];

test('any record is a message or refused with a reason; none throws, and none changes what objects have', () => {
  const before = Object.getOwnPropertyNames(Object.prototype);
  holds(
    fc.property(value, fc.option(anyBytes(20)), headers, (content, key, pairs) => {
      const decoded = decodeRecord(aSourceRecord(content, { key, headers: pairs }), MAX_BYTES);
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
      expect(decodeRecord(aSourceRecord(Buffer.from(text)), MAX_BYTES).kind).toBe(isObject ? 'message' : 'refused');
    }),
  );
});

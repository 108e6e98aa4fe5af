import fc from 'fast-check';
import { workflowIdOf } from '../../../contracts/message-id.ts';
import { anyText, holds, isWellFormed } from '../../support/properties.ts';

const topic = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);
/** Small numbers, whose digits could be taken for each other's, and large ones. */
const source = fc.record({
  topic,
  partition: fc.oneof(fc.nat({ max: 20 }), fc.nat()),
  offset: fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })).map(String),
});
/** Plain ones, near misses of them, hashes, and anything; lone surrogates are no text that UTF-8 has, and cannot arrive. */
const id = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/),
  fc.stringMatching(/^sha256-[0-9a-f]{63,65}$/),
  fc.stringMatching(/^[a-c:. -]{0,6}$/),
  anyText(20).filter(isWellFormed),
);

test('two messages share a workflow ID only if they are the same: by id in their topic, by place without one', () => {
  const message = fc.tuple(source, fc.option(id, { nil: undefined }));
  type Message = [from: { topic: string; partition: number; offset: string }, own: string | undefined];
  const place = ([{ topic: name, partition, offset }, own]: Message) =>
    JSON.stringify(own === undefined ? [name, partition, offset] : [name, own]);
  const likeTheFirst = fc.constantFrom<((one: Message, other: Message) => Message)[]>(
    (_, other) => other,
    ([{ topic: name }], [from, own]) => [{ ...from, topic: name }, own],
    // The same digits, cut at another place.
    ([{ topic: name, partition, offset }, own]) => [
      { topic: name, partition: Number(`${String(partition)}${offset.slice(0, 1)}`), offset: offset.slice(1) },
      own,
    ],
    // Its ID taken for an id: what a hash could be attacked with.
    (one) => [one[0], workflowIdOf(...one).slice(`message:${one[0].topic}:`.length)],
  );
  holds(
    fc.property(message, message, likeTheFirst, (one, other, relate) => {
      const second = relate(one, other);
      expect(workflowIdOf(...one) === workflowIdOf(...second)).toBe(place(one) === place(second));
    }),
    { numRuns: 3_000 },
  );
});

test('an id keeps its workflow ID wherever its record stands', () => {
  holds(
    fc.property(source, source, id, (one, other, own) => {
      expect(workflowIdOf({ ...other, topic: one.topic }, own)).toBe(workflowIdOf(one, own));
    }),
  );
});

test('every workflow ID is printable, has its kind first, and fits Temporal', () => {
  holds(
    fc.property(source, fc.oneof(id, fc.constant(undefined), anyText(500)), (from, own) => {
      const kind = own === undefined ? 'record' : 'message';
      const workflowId = workflowIdOf(from, own);
      expect(workflowId.startsWith(`${kind}:${from.topic}:`)).toBe(true);
      expect(workflowId).toMatch(/^[\x21-\x7e]{1,500}$/);
    }),
  );
});

test('an id that no one could take for a hash is readable in its workflow ID', () => {
  holds(
    fc.property(source, fc.stringMatching(/^[A-Za-z0-9._-]{1,200}$/), (from, own) => {
      fc.pre(!own.startsWith('sha256-'));
      expect(workflowIdOf(from, own)).toBe(`message:${from.topic}:${own}`);
    }),
  );
});

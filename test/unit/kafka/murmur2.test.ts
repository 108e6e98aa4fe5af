import { randomBytes } from 'node:crypto';
import kafkajs from 'kafkajs';
import { murmur2 } from '../../../kafka/murmur2.ts';

/** Kafka's own UtilsTest. */
it.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('is the Java client’s: %s', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

it('sends every key to the partition that kafkajs would', () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: 1_000 }, (_, partitionId) => ({ partitionId }) as never);
  for (let length = 0; length < 200; length += 1) {
    const key = randomBytes(length);
    const partition = choose({ topic: 't', partitionMetadata, message: { key, value: null } });
    expect((murmur2(key) & 0x7fffffff) % 1_000).toBe(partition);
  }
});

// kafkajs's own takes fifteen seconds.
it('a key of a quarter of a megabyte holds nobody up', () => {
  const startedAt = performance.now();
  murmur2(Buffer.alloc(256 * 1024, 'k'));
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * The hash by which Kafka's clients spread keys over partitions, as a signed 32-bit number. kafkajs 2.2.4 computes the same with
 * integers that grow with the key: a key of 200 KB stops the process for many seconds.
 */
export function murmur2(key: Buffer): number {
  const whole = key.length - (key.length % 4);
  let hash = SEED ^ key.length;
  for (let at = 0; at < whole; at += 4) {
    let block = Math.imul(key.readInt32LE(at), M);
    block = Math.imul(block ^ (block >>> 24), M);
    hash = Math.imul(hash, M) ^ block;
  }
  if (whole < key.length) {
    for (let at = key.length - 1; at >= whole; at -= 1) hash ^= (key[at] ?? 0) << (8 * (at - whole));
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

import type { HeaderPairs, KafkaMessage } from 'kafkajs';

/** The headers of a received record, in order and with their nulls: kafkajs is patched to keep them (patches/). */
export function headersOf({ headerPairs }: Pick<KafkaMessage, 'headerPairs'>): HeaderPairs {
  if (headerPairs === undefined) throw new Error('kafkajs is not patched: run "npm install" again');
  return headerPairs;
}

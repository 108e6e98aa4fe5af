import type { HeaderPairs, KafkaMessage } from 'kafkajs';

/**
 * The headers of a received record, in order and with their nulls: kafkajs is patched to keep them (patches/). Records of the formats
 * before Kafka 0.11 have none.
 */
export const headersOf = ({ headerPairs }: Pick<KafkaMessage, 'headerPairs'>): HeaderPairs => headerPairs ?? [];

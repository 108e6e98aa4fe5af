import { pino } from 'pino';
import { loadConfig } from '../../config/load.ts';
import { createKafka } from '../../kafka/client.ts';
import { createKafkaRecordPublisher } from '../../kafka/kafka-record-publisher.ts';
import { KafkaRecordSource } from '../../kafka/kafka-record-source.ts';
import { describeBrokenConnections } from '../conformance/broken-connections-suite.ts';
import type { PortsUnderTest } from '../conformance/ports.ts';
import { describeRecordPublisher } from '../conformance/record-publisher-suite.ts';
import { describeRecordSource } from '../conformance/record-source-suite.ts';
import { testStack } from '../support/stack.ts';

const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
const connectTo = (brokers: readonly string[]) =>
  createKafka(loadConfig({ ...testStack().env, KAFKA_BROKERS: brokers.join(',') }).kafka, logger, 'conformance');

const kafkajs: PortsUnderTest = {
  createSource: ({ brokers, ...options }) =>
    new KafkaRecordSource({ ...options, kafka: connectTo(brokers), logger, timing: { firstReopenDelayMs: 100 } }),
  createPublisher: (brokers) => createKafkaRecordPublisher({ kafka: connectTo(brokers), logger }),
};

describe('the record source over kafkajs', () => {
  describeRecordSource(kafkajs);
});
describe('the record publisher over kafkajs', () => {
  describeRecordPublisher(kafkajs);
});
describe('both over kafkajs, when connections break', () => {
  describeBrokenConnections(kafkajs);
});

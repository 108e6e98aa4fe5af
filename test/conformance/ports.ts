import type { RecordPublisher } from '../../kafka/record-publisher.ts';
import type { OffsetOutOfRange, RecordSource } from '../../kafka/record-source.ts';

/** How a Kafka client gets into the suites: nothing in them knows which one it is. */
export interface PortsUnderTest {
  createSource(options: SourceOptions): RecordSource;
  createPublisher(brokers: readonly string[]): Promise<RecordPublisher>;
}

export interface SourceOptions {
  readonly brokers: readonly string[];
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly onOffsetReset?: (reset: OffsetOutOfRange) => void;
}

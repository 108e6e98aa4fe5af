import type { OutgoingRecord } from '../contracts/record.ts';

/** Writes records to Kafka. No client library's types, so that another client can stand behind it. */
export interface RecordPublisher {
  /**
   * Resolves when all in-sync replicas have the record. A rejected record may still have been written: whoever repeats it
   * repeats the same bytes.
   * @throws {PublishError}
   */
  publish(record: OutgoingRecord): Promise<PublishedRecord>;
  close(): Promise<void>;
}

export interface PublishedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

export class PublishError extends Error {
  /** The record itself cannot be written, now or later (too large, for example): repeating is useless. */
  readonly permanent: boolean;
  constructor(message: string, options: { permanent: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'PublishError';
    this.permanent = options.permanent;
  }
}

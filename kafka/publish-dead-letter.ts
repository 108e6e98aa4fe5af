import { toDeadLetterRecord, toReducedDeadLetterRecord, type DeadLetter } from '../contracts/dead-letter-record.ts';
import { PublishError, type PublishedRecord, type RecordPublisher } from './record-publisher.ts';

/**
 * The whole dead letter, or, where its topic never takes it, the reduced one.
 * @throws {PublishError}
 */
export async function publishDeadLetter(
  publisher: Pick<RecordPublisher, 'publish'>,
  letter: DeadLetter,
): Promise<PublishedRecord> {
  try {
    return await publisher.publish(toDeadLetterRecord(letter));
  } catch (error) {
    if (!(error instanceof PublishError && error.permanent)) throw error;
    return publisher.publish(toReducedDeadLetterRecord(letter));
  }
}

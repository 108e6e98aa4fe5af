import type { PublishInput, PublishResult } from '../contracts/pipeline.ts';
import { publishDeadLetter } from '../kafka/publish-dead-letter.ts';
import { PublishError, type RecordPublisher } from '../kafka/record-publisher.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { messageFailure, worldFailure } from './failures.ts';
import { toResultRecord } from '../contracts/result-record.ts';

/** Writes the result or the dead letter. Repeating it writes the same bytes again, which consumers drop by `message-id`. */
export function createPublish(deps: {
  publisher: RecordPublisher;
  metrics: Metrics['messages'];
  outputTopic: string;
  deadLetterTopic: string;
}) {
  const { publisher, metrics, outputTopic, deadLetterTopic } = deps;

  async function write(input: PublishInput): Promise<PublishResult> {
    if (input.kind === 'result') return publisher.publish(toResultRecord({ ...input, topic: outputTopic }));
    return publishDeadLetter(publisher, { ...input, topic: deadLetterTopic });
  }

  return async function publish(input: PublishInput): Promise<PublishResult> {
    try {
      const published = await write(input);
      metrics.published.inc({
        kind: input.kind,
        failure_type: input.kind === 'dead-letter' ? input.failure.type : '',
      });
      return published;
    } catch (error) {
      if (!(error instanceof PublishError)) throw error;
      // A dead letter that its topic refuses even so waits, visibly, for the topic to be mended: there is nowhere else to say it.
      if (error.permanent && input.kind === 'result') throw messageFailure('Output.TooLarge', error.message);
      throw worldFailure('Kafka.Unavailable', error.message);
    }
  };
}

import { createPublish } from '../../../activities/publish.ts';
import type { ResultMessage } from '../../../contracts/pipeline.ts';
import type { OutgoingRecord } from '../../../contracts/record.ts';
import { PublishError } from '../../../kafka/record-publisher.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import { aRecord } from '../../support/messages.ts';

const tooLarge = new PublishError('MESSAGE_TOO_LARGE', { permanent: true });
const failure = { type: 'Provider.Refused', message: 'no', attempts: 1 } as const;
const result: ResultMessage = {
  ...{ id: 'm-1', type: 'chat', status: 'completed', output: 'x', model: 'm', provider: 'p', attempts: 1 },
  ...{ usage: { inputTokens: 1, outputTokens: 1 }, source: { topic: 't', partition: 0, offset: '1' } },
};

/** @param failures what the first attempts to publish end with */
function setup(...failures: PublishError[]) {
  const attempts: OutgoingRecord[] = [];
  const publish = createPublish({
    publisher: {
      async publish(record) {
        attempts.push(record);
        const thrown = failures.shift();
        if (thrown !== undefined) throw thrown;
        return { topic: record.topic, partition: 0, offset: '0' };
      },
      close: async () => {},
    },
    metrics: createMetrics().messages,
    outputTopic: 'results',
    deadLetterTopic: 'dead-letters',
  });
  return { publish, attempts };
}
const input = { record: aRecord('{}'), workflowId: 'message:t:m-1' };
const headerOf = (record: OutgoingRecord | undefined, name: string) =>
  record?.headers.find(([header]) => header === name)?.[1]?.toString();

it('a dead letter that its topic finds too large goes out reduced, and says what was left out', async () => {
  const { publish, attempts } = setup(tooLarge);
  await publish({ kind: 'dead-letter', ...input, failure });
  expect(attempts[0]?.value?.toString()).toBe('{}');
  expect(attempts[1]).toMatchObject({ topic: 'dead-letters', key: null, value: null });
  expect(headerOf(attempts[1], 'dead-letter-omitted-bytes')).toBe('2');
  expect(headerOf(attempts[1], 'dead-letter-failure-type')).toBe('Provider.Refused');
  expect(headerOf(attempts[1], 'dead-letter-original-offset')).toBe('7');
});

it('a result that its topic finds too large ends the message, and is not repeated', async () => {
  const { publish, attempts } = setup(tooLarge);
  await expect(publish({ kind: 'result', ...input, runId: 'r', result })).rejects.toMatchObject({
    type: 'Output.TooLarge',
    nonRetryable: true,
  });
  expect(attempts).toHaveLength(1);
});

it.each(['result', 'dead-letter'] as const)('a %s that nobody takes for now waits', async (kind) => {
  const { publish } = setup(new PublishError('no leader', { permanent: false }));
  const outgoing = kind === 'result' ? { kind, ...input, runId: 'r', result } : { kind, ...input, failure };
  await expect(publish(outgoing)).rejects.toMatchObject({ type: 'Kafka.Unavailable', nonRetryable: false });
});

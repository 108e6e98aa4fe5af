import { pino } from 'pino';
import { createDeadLetters } from '../../../bridge/dead-letters.ts';
import { createDependencyState } from '../../../lifecycle/dependency-state.ts';
import type { OutgoingRecord } from '../../../contracts/record.ts';
import { PublishError } from '../../../kafka/record-publisher.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import { aSourceRecord } from '../../support/source-records.ts';
import { waitUntil } from '../../../dev/wait-until.ts';

const refusal = {
  type: 'Message.Unreadable',
  reason: 'The value is not valid JSON',
  workflowId: 'record:t:0:7',
} as const;
const outage = new PublishError('no leader', { permanent: false });
const tooLarge = new PublishError('MESSAGE_TOO_LARGE', { permanent: true });

/** @param failures what the first attempts to publish end with */
function setup(...failures: (PublishError | 'no answer')[]) {
  const attempts: OutgoingRecord[] = [];
  const logger = pino({ level: 'silent' });
  const state = createDependencyState('The dead-letter topic', logger);
  const metrics = createMetrics().bridge;
  const deadLetters = createDeadLetters({
    ...{ logger, state, metrics },
    topic: 'llm.dead-letters',
    maxAttemptMs: 100,
    publisher: {
      async publish(record) {
        attempts.push(record);
        const failure = failures.shift();
        if (failure === 'no answer') return new Promise(() => {});
        if (failure !== undefined) throw failure;
        return { topic: record.topic, partition: 0, offset: '0' };
      },
      close: async () => {},
    },
  });
  return { deadLetters, attempts, state, metrics };
}
const messageOf = (record: OutgoingRecord | undefined) =>
  record?.headers.find(([name]) => name === 'dead-letter-failure-message')?.[1]?.toString();

it('an outage of the topic is waited for, and shows', async () => {
  const { deadLetters, attempts, state, metrics } = setup(outage, outage);
  const forwarded = deadLetters.forward(aSourceRecord(Buffer.from('{')), refusal, new AbortController().signal);
  await waitUntil('the outage to show', () => state.notReadyBecause());
  await forwarded;
  expect(attempts).toHaveLength(3);
  for (const attempt of attempts) expect(attempt.value?.toString()).toBe('{');
  expect(state.notReadyBecause()).toBeUndefined();
  expect((await metrics.deadLetters.get()).values).toMatchObject([{ value: 1 }]);
});

it('leaving ends the waiting, and nothing counts as forwarded', async () => {
  const { deadLetters, metrics } = setup(...Array<PublishError>(50).fill(outage));
  const leave = new AbortController();
  const forwarded = deadLetters.forward(aSourceRecord(null), refusal, leave.signal);
  leave.abort(new Error('left'));
  await expect(forwarded).rejects.toThrow();
  expect((await metrics.deadLetters.get()).values).toEqual([]);
});

it('a record that its added headers make too large is accounted for by where it is', async () => {
  const { deadLetters, attempts } = setup(tooLarge);
  await deadLetters.forward(aSourceRecord(Buffer.from('12345')), refusal, new AbortController().signal);
  expect(attempts[0]?.value?.toString()).toBe('12345');
  expect(attempts[1]).toMatchObject({ value: null, key: null });
  expect(messageOf(attempts[1])).toContain('value of 5 bytes');
  expect(attempts[1]?.headers.every(([name]) => name.startsWith('dead-letter-'))).toBe(true);
});

it.each([
  { what: 'the letter', failures: ['no answer'] as const },
  { what: 'what replaces a letter that the topic refuses', failures: [tooLarge, 'no answer'] as const },
])('an attempt ends, and is repeated, where nothing answers to $what', async ({ failures }) => {
  const { deadLetters, attempts, state } = setup(...failures);
  const forwarded = deadLetters.forward(aSourceRecord(Buffer.from('12345')), refusal, new AbortController().signal);
  await waitUntil('the end of the attempt', () => state.notReadyBecause());
  await forwarded;
  expect(attempts).toHaveLength(failures.length + 1);
});

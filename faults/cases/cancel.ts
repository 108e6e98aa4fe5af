import { workflowIdOf } from '../../contracts/message-id.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';
import { shuffled } from './random.ts';

const MESSAGES = 100;
const CANCELLED = 50;
/** Calls begin one by one where nothing is known of the provider's limits: there are never as many as messages. */
const UNDER_WAY = 10;

/** An operator’s wish, at the worst moment. */
export const cancel: readonly FaultCase[] = [
  {
    name: 'cancel-50-under-way',
    tier: 2,
    about:
      '50 of 100 messages are cancelled while their calls are under way: a dead letter, or a result that was faster',
    processes: ['standalone'],
    env: { LLM_MAX_CONCURRENCY: '60' },
    standIn: { latencyMs: 2_000 },
    allows: { repeatedRecords: 'published, and the cancellation came before the task that records it' },
    async run({ sender, progress, client, topics, faults, random }) {
      const chosen = new Set(
        shuffled(messages(MESSAGES), random)
          .slice(0, CANCELLED)
          .map(({ id }) => id),
      );
      await sender.send(
        messages(MESSAGES).map((input) =>
          chosen.has(input.id) ? { ...input, expect: { result: input.id ?? '', deadLetter: 'Cancelled' } } : input,
        ),
      );
      await progress.until('calls under way', async () => (await progress.provider()).inFlight >= UNDER_WAY);
      await faults.during(`${String(CANCELLED)} messages are cancelled`, async () => {
        for (const id of chosen) {
          const source = { topic: topics.input, partition: 0, offset: '0' };
          await client.workflow.getHandle(workflowIdOf(source, id)).cancel();
        }
      });
      await progress.until('cancelled messages', async () => (await progress.deadLetters()) > 0);
    },
  },
];

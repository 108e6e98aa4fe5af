import type { FaultCase } from '../case.ts';
import { messages, valueOf } from '../messages.ts';

const MESSAGES = 100;

/** What producers do wrong with ids. */
export const repeatedInput: readonly FaultCase[] = [
  {
    name: 'input-thrice',
    tier: 1,
    about: 'every message is sent three times, once after it was done: one workflow, one call, one result',
    processes: ['standalone'],
    standIn: { latencyMs: 50 },
    async run({ sender, progress, faults }) {
      const inputs = messages(MESSAGES);
      await sender.send([...inputs, ...inputs]);
      await progress.until('all results', async () => (await progress.results()) >= MESSAGES);
      await sender.send(inputs);
      faults.hit(`${String(2 * MESSAGES)} repeats were sent`);
    },
  },
  {
    name: 'input-id-conflict',
    tier: 2,
    about: 'ids are used again for other messages: the first is worked on, the others are dead letters',
    processes: ['standalone'],
    standIn: { latencyMs: 50 },
    async run({ sender, faults, random }) {
      // In one partition, so that which is the first one is no matter of luck.
      const inputs = messages(MESSAGES).map((input) => ({ ...input, partition: 0 }));
      const impostors = inputs
        .filter(() => random() < 0.5)
        .map((input) => ({
          ...input,
          value: valueOf(input.id ?? '', 'And a third one, which the first message did not have.'),
          expect: { deadLetter: 'Message.IdConflict' } as const,
        }));
      await sender.send([...inputs, ...impostors]);
      faults.hit(`${String(impostors.length)} ids were used a second time`);
    },
  },
];

import { setTimeout as delay } from 'node:timers/promises';
import type { OnProgress } from '../dev/progress.ts';
import { benchMessages, type BenchMessage } from './messages.ts';
import type { Clock, Mode } from './modes/mode.ts';
import type { BenchOptions } from './options.ts';
import { createOutcomes, type Outcomes } from './outcomes.ts';
import { createSendLog, type ConnectedSender, type SendLog } from './sender.ts';
import { settle } from './settle.ts';

/** Messages and what becomes of them. */
export interface Load {
  readonly messages: readonly BenchMessage[];
  readonly outcomes: Outcomes;
  readonly sent: SendLog;
}

/** On top of what the LLM takes. */
const STALL_MS = 60_000;

const clock: Clock = {
  now: () => performance.now(),
  sleep: async (ms) => {
    await delay(ms);
  },
};

export function newLoad(prefix: string, count: number): Load {
  const messages = benchMessages(prefix, count);
  return { messages, outcomes: createOutcomes(messages.map(({ id }) => id)), sent: createSendLog() };
}

/** Sends the load in the mode's rhythm; resolves when every message has ended, or none does any more. */
export async function runLoad(
  { messages, outcomes, sent }: Load,
  run: { mode: Mode; label: string; options: BenchOptions; sender: ConnectedSender; onProgress: OnProgress },
): Promise<void> {
  const { mode, label, options, sender, onProgress } = run;
  await settle({
    label,
    count: messages.length,
    outcomes,
    feed: mode.feed({ options, messages, clock, send: (some) => sender(some, sent) }),
    stallMs: STALL_MS + 2 * options.llmLatencyMs,
    onProgress,
  });
}

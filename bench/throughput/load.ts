import type { OnProgress } from '../../dev/progress.ts';
import { systemClock } from '../clock.ts';
import type { BenchOptions } from '../options.ts';
import { createOutcomes, type Outcomes } from '../outcomes.ts';
import { createSendLog, type BenchMessage, type ConnectedSender, type SendLog } from '../sender.ts';
import { benchMessages } from './messages.ts';
import type { Rhythm } from './rhythm.ts';
import { settle } from './settle.ts';

/** Messages and what becomes of them. */
export interface Load {
  readonly messages: readonly BenchMessage[];
  readonly outcomes: Outcomes;
  readonly sent: SendLog;
}

/** On top of what the LLM takes. */
const STALL_MS = 60_000;

export function newLoad(prefix: string, count: number): Load {
  const messages = benchMessages(prefix, count);
  return { messages, outcomes: createOutcomes(messages.map(({ id }) => id)), sent: createSendLog() };
}

/** Sends the load in the rhythm; resolves when every message has ended, or none does any more. */
export async function runLoad(
  { messages, outcomes, sent }: Load,
  run: { rhythm: Rhythm; label: string; options: BenchOptions; sender: ConnectedSender; onProgress: OnProgress },
): Promise<void> {
  const { rhythm, label, options, sender, onProgress } = run;
  await settle({
    label,
    count: messages.length,
    outcomes,
    feed: rhythm.feed({ options, messages, clock: systemClock, send: (some) => sender(some, sent) }),
    stallMs: STALL_MS + 2 * options.llmLatencyMs,
    onProgress,
  });
}

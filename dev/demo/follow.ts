import type { Client } from '@temporalio/client';
import type { Admin } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Accounts } from './accounts.ts';
import type { DemoInput } from './demo-input.ts';
import type { ProgressView } from './message-table.ts';
import type { InputSender } from './send-inputs.ts';
import { describeState, type WorkflowState } from './workflow-state.ts';

export interface FollowDeps {
  readonly accounts: Accounts;
  readonly sender: InputSender;
  readonly client: Client;
  readonly admin: Admin;
  readonly view: ProgressView;
  /** The bridge's consumer group and the topic it reads. */
  readonly group: { readonly id: string; readonly topic: string };
  /** Whether the view shows single messages, so that asking Temporal for each is worth it. */
  readonly perMessage: boolean;
  /** Aborted when the pipeline ended or the user gave up: following then throws the reason. */
  readonly signal: AbortSignal;
}

const TICK_MS = 200;
/** Nothing new for so long, and the demo gives up. Longer than a provider's timeout and the retry after it. */
const IDLE_LIMIT_MS = 180_000;

/**
 * Sends the inputs and watches from the outside until every one is accounted for.
 * @returns milliseconds since the start, and whether all were accounted for before nothing moved any more.
 */
export async function follow(
  inputs: readonly DemoInput[],
  deps: FollowDeps,
): Promise<{ elapsedMs: number; complete: boolean }> {
  const unsent = new Set(inputs);
  const failed = new AbortController();
  const signal = AbortSignal.any([deps.signal, failed.signal]);
  const sending = sendWaves(unsent, deps, signal).catch((error: unknown) => {
    failed.abort(error);
  });
  const startedAt = performance.now();
  let lastMove = { settled: -1, atMs: startedAt };
  for (;;) {
    signal.throwIfAborted();
    await readCommitted(deps);
    const accounts = deps.accounts.all();
    const elapsedMs = performance.now() - startedAt;
    deps.view.show({ accounts, unsent: [...unsent], states: await statesOf(deps), elapsedMs });
    const settled = accounts.length - deps.accounts.open().length;
    if (settled === inputs.length) {
      await sending;
      return { elapsedMs, complete: true };
    }
    if (settled !== lastMove.settled) lastMove = { settled, atMs: performance.now() };
    if (performance.now() - lastMove.atMs > IDLE_LIMIT_MS) {
      failed.abort(new Error('gave up'));
      return { elapsedMs, complete: false };
    }
    await tick(signal);
  }
}

/** Repeats follow when what they repeat has its outcome: that makes clear which of the two is the repeat. */
async function sendWaves(unsent: Set<DemoInput>, { accounts, sender }: FollowDeps, signal: AbortSignal): Promise<void> {
  const send = (wave: DemoInput[]) =>
    sender.send(wave, (input, position) => {
      unsent.delete(input);
      accounts.add(input, position);
    });
  const second = [...unsent].filter(({ wave }) => wave === 2);
  await send([...unsent].filter(({ wave }) => wave === 1));
  const repeatedIds = new Set(second.map(({ id }) => id));
  while (accounts.open().some(({ input }) => repeatedIds.has(input.id))) await tick(signal);
  if (second.length > 0) await send(second);
}

/** Throws the signal's own reason, which is for people; the timer would throw an error about timers. */
async function tick(signal: AbortSignal): Promise<void> {
  await delay(TICK_MS, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

async function readCommitted({ accounts, admin, group }: FollowDeps): Promise<void> {
  const [topic] = await admin.fetchOffsets({ groupId: group.id, topics: [group.topic] });
  for (const { partition, offset } of topic?.partitions ?? []) accounts.committed(partition, offset);
}

async function statesOf({ accounts, client, perMessage }: FollowDeps): Promise<Map<string, WorkflowState>> {
  if (!perMessage) return new Map();
  const described = await Promise.all(
    accounts.open().map(async ({ workflowId }) => [workflowId, await describeState(client, workflowId)] as const),
  );
  return new Map(described.flatMap(([id, state]) => (state === undefined ? [] : [[id, state] as const])));
}

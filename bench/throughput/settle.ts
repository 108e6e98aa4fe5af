import { setTimeout as delay } from 'node:timers/promises';
import type { OnProgress } from '../../dev/progress.ts';
import type { Outcomes } from '../outcomes.ts';

export interface Settling {
  /** Begins each line of progress. */
  readonly label: string;
  readonly count: number;
  readonly outcomes: Outcomes;
  /** The sending, which may still be going on. */
  readonly feed: Promise<void>;
  /** Gives up when everything is sent and nothing has arrived for this long; what is missing then counts as lost. */
  readonly stallMs: number;
  readonly onProgress: OnProgress;
}

const POLL_EVERY_MS = 20;
const PROGRESS_EVERY_MS = 2_000;

/**
 * Resolves when every message has a result or a dead letter, or when nothing arrives any more.
 * @throws what `feed` throws, at once
 */
export async function settle({ label, count, outcomes, feed, stallMs, onProgress }: Settling): Promise<void> {
  const startedAt = performance.now();
  let lastChangeAt = startedAt;
  let lastProgressAt = startedAt;
  let settled = 0;
  let feeding: 'on' | 'done' | { readonly error: unknown } = 'on';
  feed.then(
    () => (feeding = 'done'),
    (error: unknown) => (feeding = { error }),
  );
  const state = () => feeding;
  for (;;) {
    const current = state();
    if (typeof current === 'object') throw current.error;
    const now = performance.now();
    if (outcomes.settled() > settled || current === 'on') lastChangeAt = now;
    settled = outcomes.settled();
    if (settled >= count) return;
    if (now - lastProgressAt > PROGRESS_EVERY_MS) {
      lastProgressAt = now;
      onProgress(`${label}: ${String(settled)} of ${String(count)} after ${((now - startedAt) / 1_000).toFixed(0)} s`);
    }
    if (now - lastChangeAt > stallMs) {
      onProgress(`${label}: nothing arrived for ${String(stallMs / 1_000)} s, giving up at ${String(settled)}`);
      return;
    }
    await delay(POLL_EVERY_MS);
  }
}

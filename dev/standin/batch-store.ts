import { setTimeout as delay } from 'node:timers/promises';
import { readBatchInput } from './batch-lines.ts';
import { toBatchObject, type BatchObject, type BatchStatus, type NewBatch } from './batch-object.ts';
import { ended, validated, type BatchStepDeps } from './batch-steps.ts';
import type { StandInBehaviour } from './behaviour.ts';

export interface BatchStore {
  /** @param afterMs milliseconds until there is a batch. */
  create(batch: NewBatch, afterMs: number): Promise<BatchObject>;
  /** Requests of batches that are yet to be. */
  creating(): number;
  get(id: string): BatchObject | undefined;
  /** In the order of creation. */
  all(): readonly BatchObject[];
  /** `undefined` when there is none, or it has ended. */
  cancel(id: string): BatchObject | undefined;
  reset(): void;
}

const DEFAULT_DURATION_MS = 500;
/** How long validating, finalizing and cancelling take. */
const STEP_MS = 50;
const CANCELLABLE: readonly BatchStatus[] = ['validating', 'in_progress'];

/** Batches and their lives. Their lines are answered all at once, at the end. */
export function createBatchStore(deps: BatchStepDeps & { behaviour: () => StandInBehaviour }): BatchStore {
  const batches = new Map<string, BatchObject>();
  // Not reset: an id that a client still has must not become another batch's.
  let count = 0;
  let creating = 0;

  function keep(batch: BatchObject): BatchObject {
    batches.set(batch.id, batch);
    return batch;
  }
  /** Later, without keeping the process alive for it; not when the batch has left that status by then, or was forgotten. */
  function after(ms: number, { id, status }: BatchObject, step: (batch: BatchObject) => void): void {
    setTimeout(() => {
      const batch = batches.get(id);
      if (batch?.status === status) step(batch);
    }, ms).unref();
  }
  function live(batch: BatchObject, settings: NonNullable<StandInBehaviour['batch']>): void {
    const { durationMs = DEFAULT_DURATION_MS, ends, answeredShare = 0 } = settings;
    const end =
      ends === 'expired' ? { status: ends, share: answeredShare } : { status: 'completed' as const, share: 1 };
    after(STEP_MS, batch, (validating) => {
      const checked = keep(validated(validating, deps, settings));
      if (checked.status === 'failed') return;
      after(durationMs, checked, (running) => {
        after(STEP_MS, keep({ ...running, status: 'finalizing' }), (last) => keep(ended(last, deps, end)));
      });
    });
  }

  return {
    async create(wanted, afterMs) {
      const requests = readBatchInput(deps.files.content(wanted.inputFileId) ?? '').lines.length;
      creating += requests;
      await delay(afterMs, undefined, { ref: false });
      creating -= requests;
      count += 1;
      const batch = keep(toBatchObject(`batch_stand-in-${String(count)}`, wanted));
      live(batch, deps.behaviour().batch ?? {});
      return batch;
    },
    creating: () => creating,
    get: (id) => batches.get(id),
    all: () => [...batches.values()],
    cancel(id) {
      const batch = batches.get(id);
      if (batch === undefined || !CANCELLABLE.includes(batch.status)) return undefined;
      const share = deps.behaviour().batch?.answeredShare ?? 0;
      const cancelling = keep({ ...batch, status: 'cancelling' });
      after(STEP_MS, cancelling, (last) => keep(ended(last, deps, { status: 'cancelled', share })));
      return cancelling;
    },
    reset: () => {
      batches.clear();
    },
  };
}

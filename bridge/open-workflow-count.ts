import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Backpressure } from './backpressure.ts';
import type { DependencyState } from './dependency-state.ts';

const COUNT_EVERY_MS = 2_000;
const COUNT_TIMEOUT_MS = 5_000;
/** Without those that are parked: they may wait for hours, and nobody else's messages should wait with them. */
const OPEN_MESSAGES =
  "WorkflowType = 'processMessage' AND ExecutionStatus = 'Running' AND (PipelineState IS NULL OR PipelineState != 'parked')";

export interface OpenWorkflowCount {
  /** @throws when Temporal does not answer. */
  once(): Promise<void>;
  /** Counts every 2 s. A count that fails leaves the last one standing: without Temporal nothing ends either. */
  start(): void;
  /** A count under way ends unheard. */
  stop(): void;
}

export interface OpenWorkflowCountDeps {
  readonly client: Pick<Client, 'withDeadline' | 'workflow'>;
  readonly backpressure: Pick<Backpressure, 'counted'>;
  readonly state: DependencyState;
}

/** Tells backpressure how many message workflows are open in the namespace, whichever bridge started them. */
export function createOpenWorkflowCount({ client, backpressure, state }: OpenWorkflowCountDeps): OpenWorkflowCount {
  const stopping = new AbortController();

  async function once(): Promise<void> {
    const askedAt = Date.now();
    const { count } = await client.withDeadline(askedAt + COUNT_TIMEOUT_MS, () => client.workflow.count(OPEN_MESSAGES));
    backpressure.counted(count, askedAt);
  }

  async function countUntilStopped(): Promise<never> {
    const { signal } = stopping;
    for (;;) {
      await delay(COUNT_EVERY_MS, undefined, { signal });
      await once().then(
        () => {
          state.succeeded();
        },
        (error: unknown) => {
          signal.throwIfAborted();
          state.failed(error);
        },
      );
    }
  }

  return {
    once,
    start() {
      countUntilStopped().catch(() => undefined);
    },
    stop() {
      stopping.abort();
    },
  };
}

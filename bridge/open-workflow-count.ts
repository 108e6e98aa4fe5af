import type { Client } from '@temporalio/client';
import { PARKED } from '../contracts/search-attributes.ts';
import type { Backpressure } from './backpressure.ts';
import { askRegularly } from '../lifecycle/ask-regularly.ts';
import type { DependencyState } from '../lifecycle/dependency-state.ts';

const COUNT_EVERY_MS = 2_000;
const COUNT_TIMEOUT_MS = 5_000;
const OPEN_MESSAGES = "WorkflowType = 'processMessage' AND ExecutionStatus = 'Running'";
/** They may wait for hours, and nobody else's messages should wait with them. */
const PARKED_MESSAGES = `${OPEN_MESSAGES} AND PipelineState = '${PARKED}'`;
const OTHER_MESSAGES = `${OPEN_MESSAGES} AND (PipelineState IS NULL OR PipelineState != '${PARKED}')`;

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
  readonly backpressure: Pick<Backpressure, 'toBeSeen' | 'counted'>;
  readonly state: DependencyState;
  /** So many may be parked and not count: a tenant without a budget left must not empty its whole backlog into Temporal. */
  readonly maxParked: number;
}

/** Tells backpressure how many message workflows are open in the namespace, whichever bridge started them. */
export function createOpenWorkflowCount(deps: OpenWorkflowCountDeps): OpenWorkflowCount {
  const { client, backpressure, state, maxParked } = deps;
  let stop = (): void => undefined;

  async function count(): Promise<number> {
    try {
      const [others, parked] = await Promise.all([
        client.workflow.count(OTHER_MESSAGES),
        client.workflow.count(PARKED_MESSAGES),
      ]);
      return others.count + Math.max(0, parked.count - maxParked);
    } catch (error) {
      // A namespace learns of its search attributes seconds after they were made. Until then nothing is parked.
      if (!isUnknownAttribute(error)) throw error;
      return (await client.workflow.count(OPEN_MESSAGES)).count;
    }
  }

  async function countKnown(workflowIds: readonly string[]): Promise<number> {
    if (workflowIds.length === 0) return 0;
    // There is no quote in a workflow ID of ours.
    const ids = workflowIds.map((id) => `'${id}'`).join(', ');
    return (await client.workflow.count(`WorkflowId IN (${ids})`)).count;
  }

  async function once(): Promise<void> {
    // One after the other, each with a time of its own: what visibility knows by then is in the count.
    const seen = await client.withDeadline(Date.now() + COUNT_TIMEOUT_MS, () => countKnown(backpressure.toBeSeen));
    const open = await client.withDeadline(Date.now() + COUNT_TIMEOUT_MS, count);
    backpressure.counted(open, seen);
  }

  return {
    once,
    start() {
      stop = askRegularly(once, { everyMs: COUNT_EVERY_MS, state });
    },
    stop() {
      stop();
    },
  };
}

function isUnknownAttribute(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && /not a valid search attribute/.test(cause.message);
}

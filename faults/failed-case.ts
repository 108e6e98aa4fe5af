import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withAdmin } from '../dev/stack/topics.ts';
import type { CaseBed } from './bed/case-bed.ts';
import { listWorkflows } from './bed/list-workflows.ts';
import { readiness } from './bed/metrics.ts';
import type { Evidence } from './checker/evidence.ts';

const SHOWN_WORKFLOWS = 20;

/** What a case that failed was waiting for, beside its logs: open workflows with what they wait for, the group, the processes. */
export async function writeStuckState(bed: CaseBed): Promise<void> {
  const file = join(bed.logDir, 'stuck.json');
  const parts = { workflows: openWorkflows, group: groupState, processes: processStates };
  for (const [name, describe] of Object.entries(parts)) {
    const state: unknown = await describe(bed).catch((error: unknown) => String(error));
    appendFileSync(file, `${JSON.stringify({ [name]: state }, undefined, 2)}\n`);
  }
}

/** What the provider's ledger and the fault windows of a case with problems were: the rest can be read from its logs. */
export function writeCalls(bed: CaseBed, { calls, windows }: Evidence): void {
  writeFileSync(join(bed.logDir, 'calls.json'), JSON.stringify({ windows, calls }));
}

async function openWorkflows({ client }: CaseBed): Promise<unknown> {
  const found: unknown[] = [];
  for await (const { workflowId } of listWorkflows(client, "ExecutionStatus = 'Running'")) {
    if (found.length === SHOWN_WORKFLOWS) break;
    const { pendingActivities, pendingWorkflowTask } = await client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: { workflowId },
    });
    found.push({ workflowId, pendingActivities, pendingWorkflowTask });
  }
  return found;
}

async function groupState({ servers, topics }: CaseBed): Promise<unknown> {
  return withAdmin(servers.brokers, async (admin) => ({
    group: await admin.describeGroups([topics.groupId]),
    ends: await admin.fetchTopicOffsets(topics.input),
    committed: await admin.fetchOffsets({ groupId: topics.groupId, topics: [topics.input] }),
  }));
}

async function processStates({ processes }: CaseBed): Promise<unknown> {
  return Promise.all(processes.all.map(async (one) => ({ ...one.end(), ready: await readiness(one) })));
}

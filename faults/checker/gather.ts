import type { Client } from '@temporalio/client';
import { followTopic } from '../../dev/stack/followed-topic.ts';
import { withAdmin } from '../../dev/stack/topics.ts';
import type { CaseBed } from '../bed/case-bed.ts';
import { listWorkflows } from '../bed/list-workflows.ts';
import type { Evidence, MessageRun } from './evidence.ts';
import { findSecret } from './secret.ts';

/**
 * Asks the outside. Called when every process of the case has ended.
 * @param pausedBridges who had paused partitions before
 */
export async function gatherEvidence(bed: CaseBed, pausedBridges: readonly string[]): Promise<Evidence> {
  const { servers, topics, client, processes, sender, faults } = bed;
  const last = await bed.commits.stop();
  const [results, deadLetters, ends, runs, calls] = await Promise.all([
    readTopic(topics.output, servers.brokers),
    readTopic(topics.deadLetters, servers.brokers),
    withAdmin(servers.brokers, (admin) => admin.fetchTopicOffsets(topics.input)),
    listRuns(client),
    servers.standIn.calls(),
  ]);
  return {
    ...{ sent: sender.sent, results, deadLetters, runs, calls, windows: faults.windows, pausedBridges },
    commits: bed.commits.samples,
    partitions: ends.map(({ partition, high }) => ({
      partition,
      end: high,
      committed: String(last.offsets.get(partition) ?? 'none'),
    })),
    processes: processes.all.map((one) => one.end()),
    secretIn: await findSecret(bed, { results, deadLetters, runs }),
  };
}

async function readTopic(topic: string, brokers: readonly string[]) {
  const followed = await followTopic(topic, brokers);
  try {
    return await followed.toEnd();
  } finally {
    await followed.close();
  }
}

async function listRuns(client: Client): Promise<MessageRun[]> {
  const runs: MessageRun[] = [];
  for await (const run of listWorkflows(client, "WorkflowType = 'processMessage'")) runs.push(run);
  return runs;
}

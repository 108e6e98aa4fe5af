import type { Client } from '@temporalio/client';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import { followTopic, type ReadRecord } from '../../dev/stack/followed-topic.ts';
import { withAdmin } from '../../dev/stack/topics.ts';
import type { CaseBed } from '../bed/case-bed.ts';
import { listWorkflows } from '../bed/list-workflows.ts';
import type { Evidence, MessageRun } from './evidence.ts';
import { contentOf, placeOf, valueOf } from './records.ts';
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
    copies: await readCopies(bed, results),
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

async function readCopies({ servers, topics, sender }: CaseBed, results: readonly ReadRecord[]) {
  const known = new Set(sender.sent.map(placeOf));
  const isKnown = ({ source }: Pick<ResultMessage, 'source'>) => known.has(placeOf({ source }));
  const named = results.map(valueOf).filter(({ source }) => source !== undefined) as ResultMessage[];
  if (named.every(isKnown)) return new Map<string, string>();
  const inputs = await readTopic(topics.input, servers.brokers);
  return new Map(
    inputs
      .map((record) => ({ source: { topic: topics.input, ...record }, content: contentOf(record) }))
      .filter((one) => !isKnown(one))
      .map((one) => [placeOf(one), one.content]),
  );
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

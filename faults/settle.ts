import { waitUntil } from '../dev/wait-until.ts';
import { followTopic } from '../dev/stack/followed-topic.ts';
import type { CaseBed } from './bed/case-bed.ts';
import { metric } from './bed/metrics.ts';
import { stillOpen } from './checker/accounted.ts';
import type { Settled } from './checker/gather.ts';

const OPEN_MESSAGES = "WorkflowType = 'processMessage' AND ExecutionStatus = 'Running'";

/**
 * Waits until every input has its end, no workflow is open, and no bridge has paused.
 * @throws after `timeoutMs`, saying what is missing
 */
export async function settle(bed: CaseBed, timeoutMs: number): Promise<Settled> {
  const { brokers } = bed.servers;
  const [results, deadLetters] = await Promise.all([
    followTopic(bed.topics.output, brokers),
    followTopic(bed.topics.deadLetters, brokers),
  ]);
  const open = () => stillOpen({ sent: bed.sender.sent, results: results.records, deadLetters: deadLetters.records });
  const wait = { timeoutMs, everyMs: 250 };
  try {
    await waitUntil('every input to end', () => open().length === 0, wait);
  } catch (error) {
    const missing = open();
    const first = missing[0];
    const where = first && `${first.id ?? 'record'} at ${String(first.source.partition)}:${first.source.offset}`;
    throw new Error(`${String(missing.length)} inputs have not ended, such as ${String(where)}`, { cause: error });
  } finally {
    await Promise.all([results.close(), deadLetters.close()]);
  }
  await waitUntil(
    'the workflows to close',
    async () => (await bed.client.workflow.count(OPEN_MESSAGES)).count === 0,
    wait,
  );
  await waitUntil('partitions to go on', async () => (await pausedBridges(bed)).length === 0, {
    timeoutMs: 20_000,
    everyMs: 250,
  }).catch(() => undefined);
  return { pausedBridges: await pausedBridges(bed) };
}

async function pausedBridges({ processes }: CaseBed): Promise<string[]> {
  const paused: string[] = [];
  for (const one of processes.running()) {
    if (((await metric(one, 'pipeline_bridge_paused_partitions')) ?? 0) > 0) paused.push(one.name);
  }
  return paused;
}

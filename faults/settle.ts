import { waitUntil } from '../dev/wait-until.ts';
import { withAdmin } from '../dev/stack/topics.ts';
import { followTopic } from '../dev/stack/followed-topic.ts';
import type { CaseBed } from './bed/case-bed.ts';
import { countOpenMessages } from './bed/open-workflows.ts';
import { pausedBridges } from './bed/paused-bridges.ts';
import { stillOpen } from './checker/accounted.ts';

/** A group waits 30 s for a member that has gone without leaving; only then is what it held committed by another. */
const COMMIT_MS = 75_000;

/**
 * Waits until every input has its end, no workflow is open, every offset is committed, and no bridge has paused.
 * @throws after `timeoutMs`, saying what is missing
 */
export async function settle(bed: CaseBed, timeoutMs: number): Promise<void> {
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
  await waitUntil('the workflows to close', async () => (await countOpenMessages(bed.client)) === 0, wait);
  await waitUntil('the offsets to be committed', () => allCommitted(bed), { ...wait, timeoutMs: COMMIT_MS }).catch(
    () => undefined,
  );
  await waitUntil('partitions to go on', async () => (await pausedBridges(bed.processes.running())).length === 0, {
    timeoutMs: 20_000,
    everyMs: 250,
  }).catch(() => undefined);
}

/** A repeated input leaves no other trace. What is never committed is the checker's to find. */
async function allCommitted({ commits, servers, topics }: CaseBed): Promise<boolean> {
  const ends = await withAdmin(servers.brokers, (admin) => admin.fetchTopicOffsets(topics.input));
  const committed = commits.samples.at(-1)?.offsets;
  return ends.every(({ partition, high }) => high === '0' || committed?.get(partition) === BigInt(high));
}

import { connectTemporal } from '../../temporal/client.ts';
import { workflowIdOf } from '../../contracts/message-id.ts';
import type { Config } from '../../config/load.ts';

const SAMPLE = 50;
const CLOSE_TIMEOUT_MS = 30_000;

/**
 * Mean number of history events of a message's workflow, over a sample spread evenly over the ids.
 * @param ids of messages that have a result: their workflows are closed, or about to be
 * @returns `null` without ids
 */
export async function meanHistoryEvents(config: Config, ids: readonly string[]): Promise<number | null> {
  const step = Math.max(1, Math.floor(ids.length / SAMPLE));
  const sample = ids.filter((_, index) => index % step === 0).slice(0, SAMPLE);
  if (sample.length === 0) return null;
  const topic = config.kafka.inputTopics[0] ?? '';
  const { client, connection, close } = await connectTemporal(config.temporal);
  try {
    const lengths = await connection.withDeadline(Date.now() + CLOSE_TIMEOUT_MS, () =>
      Promise.all(
        sample.map(async (id) => {
          const handle = client.workflow.getHandle(workflowIdOf({ topic, partition: 0, offset: '0' }, id));
          // The result record is out before the workflow's last events are.
          await handle.result();
          return (await handle.describe()).historyLength;
        }),
      ),
    );
    return lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  } finally {
    await close();
  }
}

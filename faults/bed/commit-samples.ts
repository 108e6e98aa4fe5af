import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { CommitSample } from '../checker/evidence.ts';

export interface CommitSampler {
  readonly samples: readonly CommitSample[];
  /** One more, after which nothing is asked. */
  stop(): Promise<CommitSample>;
}

const EVERY_MS = 500;

/** Asks the broker again and again what the group has committed. An outage leaves a gap. */
export async function sampleCommits(
  brokers: readonly string[],
  { groupId, topic }: { groupId: string; topic: string },
): Promise<CommitSampler> {
  const kafka = new Kafka({ clientId: 'fault-sampler', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const samples: CommitSample[] = [];
  const stopping = new AbortController();
  const take = async (): Promise<CommitSample> => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const offsets = new Map(
      (found?.partitions ?? [])
        .filter(({ offset }) => Number(offset) >= 0)
        .map(({ partition, offset }) => [partition, BigInt(offset)]),
    );
    const sample = { at: Date.now(), offsets };
    samples.push(sample);
    return sample;
  };
  const sampling = (async () => {
    while (!stopping.signal.aborted) {
      await take().catch(() => undefined);
      await delay(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    samples,
    async stop() {
      stopping.abort();
      await sampling;
      try {
        return await take();
      } finally {
        await admin.disconnect();
      }
    },
  };
}

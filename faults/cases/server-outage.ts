import { setTimeout as delay } from 'node:timers/promises';
import type { CaseBed } from '../bed/case-bed.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase, Tier } from '../case.ts';
import type { Allowances } from '../checker/verdict.ts';
import { messages } from '../messages.ts';
import { between } from './random.ts';

type ServerName = 'kafka' | 'temporal';
interface Outage {
  readonly server: ServerName;
  readonly how: 'kill' | 'freeze';
  readonly seconds: number;
  readonly times: number;
  readonly tier: Tier;
}

/** Every single attempt of the pipeline is over after 10 s: the longer ones make attempts fail. */
const OUTAGES: readonly Outage[] = [
  { server: 'kafka', how: 'kill', seconds: 1, times: 1, tier: 2 },
  { server: 'kafka', how: 'kill', seconds: 15, times: 1, tier: 1 },
  { server: 'kafka', how: 'kill', seconds: 1, times: 5, tier: 2 },
  { server: 'kafka', how: 'freeze', seconds: 5, times: 1, tier: 2 },
  { server: 'kafka', how: 'freeze', seconds: 15, times: 1, tier: 2 },
  { server: 'kafka', how: 'freeze', seconds: 45, times: 1, tier: 2 },
  { server: 'temporal', how: 'kill', seconds: 1, times: 1, tier: 2 },
  { server: 'temporal', how: 'kill', seconds: 15, times: 1, tier: 1 },
  { server: 'temporal', how: 'kill', seconds: 60, times: 1, tier: 3 },
  { server: 'temporal', how: 'kill', seconds: 1, times: 5, tier: 2 },
  { server: 'temporal', how: 'freeze', seconds: 5, times: 1, tier: 2 },
  { server: 'temporal', how: 'freeze', seconds: 15, times: 1, tier: 2 },
  { server: 'temporal', how: 'freeze', seconds: 45, times: 1, tier: 2 },
];

const unanswered = 'written, and the answer never came';
const ALLOWS: Readonly<Record<ServerName, Allowances>> = {
  kafka: { repeatedRecords: unanswered },
  temporal: { repeatedRecords: unanswered, repeatedCalls: 'answered while nobody could take the answer down' },
};

/** One of the servers is gone, or hangs, while messages go on coming in. */
export const serverOutage: readonly FaultCase[] = OUTAGES.map((outage) => {
  const { server, how, seconds, times, tier } = outage;
  const often = times === 1 ? '' : `-${String(times)}-times`;
  return {
    name: `${server}-${how}-${String(seconds)}s${often}`,
    tier,
    about: `${server} ${how === 'kill' ? 'killed and gone' : 'hanging'} for ${String(seconds)} s under load${times === 1 ? '' : `, ${String(times)} times`}`,
    processes: SEPARATE,
    env: { LLM_MAX_CONCURRENCY: '4' },
    standIn: { latencyMs: 50 },
    allows: ALLOWS[server],
    settleMs: 180_000,
    run: (bed: CaseBed) => outageUnderLoad(bed, outage),
  };
});

async function outageUnderLoad(bed: CaseBed, outage: Outage): Promise<void> {
  const { progress, faults, sender, random } = bed;
  const { server, how, seconds, times } = outage;
  for (let time = 1; time <= times; time += 1) {
    const before = await progress.results();
    const wanted = before + between(random, 5, 30);
    // Some before it, some that come meanwhile: the sender repeats what the broker does not take.
    await sender.send(messages(60, { prefix: `before-${String(time)}` }));
    await progress.until(`${String(wanted)} results`, async () => (await progress.results()) >= wanted, 120_000);
    const meanwhile = faults.during(`${server} ${how}, ${String(seconds)} s`, () =>
      interruptServer(bed.servers, outage),
    );
    const [sent] = await Promise.allSettled([
      sender.send(messages(60, { prefix: `meanwhile-${String(time)}` })),
      meanwhile,
    ]);
    await meanwhile;
    if (sent.status === 'rejected') throw sent.reason;
  }
}

/** Takes the server away, or makes it hang, for so long. */
export function interruptServer(
  servers: CaseBed['servers'],
  { server, how, seconds }: Pick<Outage, 'server' | 'how' | 'seconds'>,
): Promise<void> {
  return how === 'kill' ? kill(servers[server], seconds) : freeze(servers[server], seconds);
}

type Server = CaseBed['servers'][ServerName];

async function kill(server: Server, seconds: number): Promise<void> {
  await server.kill();
  await delay(seconds * 1_000);
  await server.start();
}

async function freeze({ pid }: Server, seconds: number): Promise<void> {
  if (pid === undefined) throw new Error('This server is not ours to stop.');
  process.kill(pid, 'SIGSTOP');
  await delay(seconds * 1_000);
  process.kill(pid, 'SIGCONT');
}

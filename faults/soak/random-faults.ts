import { setTimeout as delay } from 'node:timers/promises';
import type { CaseBed } from '../bed/case-bed.ts';
import type { Part } from '../bed/parts.ts';
import { between } from '../cases/random.ts';
import { interruptServer } from '../cases/server-outage.ts';
import type { KafkaApi } from '../../dev/kafka-proxy/frames.ts';
import type { StandInBehaviour } from '../../dev/standin/client.ts';

/** How the provider behaves between its faults. */
export const HEALTHY: StandInBehaviour = { latencyMs: 100 };

interface SoakFault {
  readonly what: string;
  /** How often it comes, in relation to the others. */
  readonly weight: number;
  /** It ends a process for good, and with it what its memory could have shown. */
  readonly kills?: true;
  /** Breaks something and mends it. */
  readonly run: (bed: CaseBed) => Promise<void>;
}

/** Kills are rarer than the rest: a leak shows only in a process that lives for a while. */
const FAULTS: readonly SoakFault[] = [
  ...(['bridge', 'pipeline', 'llm'] as const).map((part) => killed(part, 1)),
  ...(['bridge', 'pipeline', 'llm'] as const).map((part) => frozen(part, 2)),
  serverGone('kafka', 2),
  serverGone('temporal', 2),
  ...(['Produce', 'Fetch', 'OffsetCommit', 'Heartbeat'] as const).map((api) => answersLost(api, 2)),
  provider('half of all calls fail for 10 s', { latencyMs: 100, errorMix: { '500': 0.3, reset: 0.2 } }, 3),
  provider('every call is a 429 for 10 s', { latencyMs: 20, errorMix: { '429': 1 } }, 2),
  provider('calls take 3 s for 10 s', { latencyMs: 3_000 }, 3),
  { what: 'another bridge joins and leaves', weight: 3, run: guestBridge },
];

/** Until `signal` aborts: a fault, a pause of `pauseMs`, the next fault. One that could not be made is the soak's failure. */
export async function breakThings(
  bed: CaseBed,
  { pauseMs, kills, signal }: { pauseMs: readonly [from: number, to: number]; kills: boolean; signal: AbortSignal },
): Promise<void> {
  const faults = FAULTS.filter((fault) => kills || fault.kills === undefined);
  const isOver = () => signal.aborted;
  while (!isOver()) {
    await delay(between(bed.random, ...pauseMs), undefined, { signal }).catch(() => undefined);
    if (isOver()) return;
    const fault = pick(faults, bed.random);
    await bed.faults.during(fault.what, () => fault.run(bed));
  }
}

function pick(faults: readonly SoakFault[], random: () => number): SoakFault {
  let left = random() * faults.reduce((sum, { weight }) => sum + weight, 0);
  const found = faults.find(({ weight }) => (left -= weight) < 0) ?? faults[0];
  if (found === undefined) throw new Error('There are no faults to choose from');
  return found;
}

function killed(part: Part, weight: number): SoakFault {
  return {
    what: `${part} killed, and another one started`,
    weight,
    kills: true,
    async run({ processes }) {
      await processes.one(part).kill();
      await processes.start(part);
    },
  };
}

function frozen(part: Part, weight: number): SoakFault {
  return {
    what: `${part} hangs for 6 s`,
    weight,
    async run({ processes }) {
      const victim = processes.one(part);
      victim.freeze();
      await delay(6_000);
      victim.thaw();
    },
  };
}

function serverGone(server: 'kafka' | 'temporal', weight: number): SoakFault {
  const outage = { server, how: 'kill', seconds: 4 } as const;
  return { what: `${server} killed and gone for 4 s`, weight, run: (bed) => interruptServer(bed.servers, outage) };
}

function answersLost(api: KafkaApi, weight: number): SoakFault {
  return {
    what: `two answers to ${api} are lost`,
    weight,
    async run({ servers, progress }) {
      const rule = servers.kafkaProxy.addRule({ api, fault: 'cut', times: 2 });
      await progress.until(`${api} requests`, () => rule.hits.length >= 2, 60_000);
    },
  };
}

function provider(what: string, behaviour: StandInBehaviour, weight: number): SoakFault {
  return {
    what: `the provider: ${what}`,
    weight,
    async run({ servers }) {
      await servers.standIn.configure(behaviour);
      await delay(10_000);
      await servers.standIn.configure(HEALTHY);
    },
  };
}

async function guestBridge({ processes }: CaseBed): Promise<void> {
  const guest = await processes.start('bridge');
  await delay(5_000);
  await guest.stop();
}

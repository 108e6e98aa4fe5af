import type { CaseBed } from '../bed/case-bed.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase, Tier } from '../case.ts';
import { messages } from '../messages.ts';
import type { KafkaApi } from '../../dev/kafka-proxy/frames.ts';
import type { ProxyFault, ProxyRule } from '../../dev/kafka-proxy/kafka-proxy.ts';
import { between } from './random.ts';

const PER_SECOND = 40;
const SECONDS = 8;
const MORE_SECONDS = 30;

/** Asked only by somebody who joins the group: another bridge makes both ask. */
const OF_A_JOIN: readonly KafkaApi[] = ['JoinGroup', 'SyncGroup', 'FindCoordinator', 'Metadata'];
const APIS: readonly KafkaApi[] = ['Produce', 'Fetch', 'OffsetCommit', 'Heartbeat', ...OF_A_JOIN];
const FAULTS: Readonly<
  Record<ProxyFault, { readonly times: number; readonly delayMs?: number; readonly about: string }>
> = {
  cut: { times: 3, about: 'done by the broker, the connection breaks before the answer' },
  'cut-before': { times: 3, about: 'the connection breaks before the broker sees it' },
  blackhole: { times: 1, about: 'nothing comes back any more, and nobody closes the connection' },
  delay: { times: 3, delayMs: 4_000, about: 'answered 4 s late' },
};
const TIER_1: ReadonlySet<string> = new Set(['kafka-produce-cut', 'kafka-fetch-blackhole']);

/** The answers to chosen requests are lost on their way, in the middle of a steady load. */
export const kafkaConnection: readonly FaultCase[] = APIS.flatMap((api) =>
  (Object.keys(FAULTS) as ProxyFault[]).map((fault): FaultCase => {
    const { about, ...rule } = FAULTS[fault];
    // One join is all there need be where an answer that is late does no harm.
    const times = fault === 'delay' && OF_A_JOIN.includes(api) ? 1 : rule.times;
    const name = `kafka-${kebab(api)}-${fault}`;
    const tier: Tier = TIER_1.has(name) ? 1 : 2;
    return {
      ...{ name, tier, about: `${api} requests: ${about}` },
      processes: SEPARATE,
      through: { kafka: true },
      standIn: { latencyMs: 50 },
      allows: api === 'Produce' ? { repeatedRecords: 'written, and the answer was lost' } : {},
      run: (bed) => loseAnswers(bed, { api, fault, ...rule, times }),
    };
  }),
);

/** Twenty lost answers while many publish at once: what is acknowledged has to be in the log. */
export const lostProduceAnswers: FaultCase = {
  name: 'kafka-produce-cut-20',
  tier: 2,
  about: '20 produce answers are lost while results are published at once from many messages',
  processes: [...SEPARATE, 'publish', 'publish'],
  env: { PUBLISH_MODE: 'remote' },
  through: { kafka: true },
  allows: { repeatedRecords: 'written, and the answer was lost' },
  settleMs: 240_000,
  async run({ servers, sender, progress, faults }) {
    const rule = servers.kafkaProxy.addRule({ api: 'Produce', fault: 'cut', times: 20 });
    await sender.sendSteadily(messages(1_000), 100);
    await progress.until('20 lost answers', () => rule.hits.length >= 20, 120_000);
    faults.counted('a produce answer was lost', rule.hits);
  },
};

async function loseAnswers({ servers, sender, progress, processes, faults, random }: CaseBed, rule: ProxyRule) {
  const count = PER_SECOND * SECONDS;
  const from = between(random, 10, count / 2);
  const sending = sender.sendSteadily(messages(count), PER_SECOND);
  await progress.until(`${String(from)} results`, async () => (await progress.results()) >= from);
  const active = servers.kafkaProxy.addRule(rule);
  if (OF_A_JOIN.includes(rule.api)) await processes.startSupervised('bridge');
  await sending;
  // What a bridge does only with new messages, such as committing, may be over when the fault begins.
  for (let more = 0; active.hits.length < rule.times && more < MORE_SECONDS; more += 1) {
    await sender.sendSteadily(messages(PER_SECOND, { prefix: `more-${String(more)}` }), PER_SECOND);
  }
  await progress.until('the fault to hit', () => active.hits.length >= rule.times, 90_000);
  faults.counted(`${rule.api}: ${rule.fault}`, active.hits);
}

function kebab(api: KafkaApi): string {
  return api.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

import { setTimeout as delay } from 'node:timers/promises';
import type { StandInBehaviour } from '../../dev/standin/client.ts';
import type { CaseBed } from '../bed/case-bed.ts';
import type { FaultCase, Tier } from '../case.ts';
import { groupBy } from '../checker/records.ts';
import type { Allowances } from '../checker/verdict.ts';
import { FINAL_ANSWERS } from '../final-answers.ts';
import { messages } from '../messages.ts';

const MESSAGES = 120;
/** Of so many messages one is hit: half of all calls failing would be an outage, which stops all of them for a while. */
const ONE_IN = 4;
/** A refusal slows all calls down, and that is not what is looked at here. */
const ONE_REFUSED_IN = 15;
/** Some slow calls down, and the first ones on a busy machine find them slow: at worst to one in a second or two. */
const LIMIT_MS = 240_000;

interface Kind {
  readonly name: string;
  readonly tier: Tier;
  readonly about: string;
  /** As the stand-in's directives name them. */
  readonly says: readonly string[];
  /** Default `ONE_IN`. */
  readonly oneIn?: number;
}

const WAITED_OUT: readonly Kind[] = [
  {
    name: 'refuses-for-now',
    tier: 1,
    oneIn: ONE_REFUSED_IN,
    about: '429s with every way to say when to come back, also at once',
    says: [
      '429',
      '429 retry-after=0',
      '429 retry-after=1',
      '429 retry-after=-5',
      '429 retry-after=abc',
      '429 retry-after-date=1',
      '429 retry-after-ms=0',
      '429 limit-reset=1',
      'slow_down',
      '425',
    ],
  },
  {
    name: 'has-errors',
    tier: 2,
    about: '408, 409 and every 5xx, once or three times in a row',
    says: ['408', '409', '500', '500 times=3', '502', '503', '504', '529', '498', 'server_busy', '503 retry-after=1'],
  },
  {
    name: 'breaks-connections',
    tier: 1,
    about: 'resets before the answer, and in the middle of it',
    says: ['reset', 'cut-body', 'reset times=2'],
  },
  { name: 'hangs', tier: 2, about: 'never answers, or stops in the middle of an answer', says: ['hang', 'stall-body'] },
  {
    name: 'answers-nonsense',
    tier: 2,
    oneIn: 8,
    about: 'errors in a 200, half an answer, once',
    says: ['rate_limit_in_200', 'server_error_in_200', 'length times=1'],
  },
];

const waitedOut = WAITED_OUT.map(({ name, tier, about, says, oneIn = ONE_IN }): FaultCase => ({
  ...base(`provider-${name}`, tier, about),
  settleMs: LIMIT_MS,
  async run(bed) {
    const directive = (index: number) =>
      index % oneIn === 0 ? `[stand-in: ${says[Math.floor(bed.random() * says.length)] ?? ''}]` : '';
    await bed.sender.send(messages(MESSAGES, { directive }));
    await ledgerShows(bed, MESSAGES / oneIn);
  },
}));

const finalAnswers: FaultCase = {
  ...base(
    'provider-final-answers',
    1,
    'whatever a provider can say against one message, each a dead letter of its type',
  ),
  async run(bed) {
    const good = messages(MESSAGES, { prefix: 'good' });
    const bad = Object.entries(FINAL_ANSWERS).flatMap(([says, expect]) =>
      messages(2, { prefix: says, directive: () => `[stand-in: ${says}]`, expect }),
    );
    await bed.sender.send(good.flatMap((one, index) => [one, ...(index % ONE_IN === 0 ? bad.splice(0, 1) : [])]));
    await bed.sender.send(bad);
    await ledgerShows(bed, 2 * Object.keys(FINAL_ANSWERS).length);
  },
};

interface WholeProvider {
  readonly name: string;
  readonly tier: Tier;
  readonly about: string;
  readonly behaviour: StandInBehaviour;
  readonly allows?: Allowances;
}

/** Nothing of these is a message's fault, so nothing is dead-lettered: calls stop, and go on by themselves. */
const WHOLE_PROVIDER: readonly WholeProvider[] = [
  { name: 'down', tier: 1, about: 'every connection is broken', behaviour: { down: true } },
  { name: 'only-500', tier: 2, about: 'every call is a 500', behaviour: { errorMix: { '500': 1 } } },
  { name: 'wrong-key', tier: 2, about: 'every call is a 401', behaviour: { errorMix: { '401': 1 } } },
  { name: 'no-quota', tier: 2, about: 'the quota is used up', behaviour: { errorMix: { insufficient_quota: 1 } } },
  { name: 'no-credit', tier: 2, about: 'every call is a 402', behaviour: { errorMix: { '402': 1 } } },
  { name: 'no-model', tier: 2, about: 'the model is unknown', behaviour: { errorMix: { '404': 1 } } },
  {
    name: 'slow',
    tier: 2,
    about: 'every call takes longer than its deadline',
    behaviour: { latencyMs: 5_000 },
    allows: { repeatedCalls: 'given up at its deadline' },
  },
  {
    name: 'half-broken',
    tier: 2,
    about: 'a third of all calls fails in one way or another',
    behaviour: { latencyMs: 50, errorMix: { '500': 0.1, reset: 0.1, '429': 0.1, 'cut-body': 0.04 } },
  },
];
const BROKEN_FOR_MS = 10_000;

const wholeProvider = WHOLE_PROVIDER.map(({ name, tier, about, behaviour, allows = {} }): FaultCase => ({
  ...base(`provider-${name}`, tier, `${about}, for ${String(BROKEN_FOR_MS / 1_000)} s`),
  ...{ allows, settleMs: LIMIT_MS },
  async run(bed) {
    const { sender, faults, servers, progress } = bed;
    await sender.send(messages(MESSAGES / 2, { prefix: 'before' }));
    await progress.until('some results', async () => (await progress.results()) >= 5);
    await faults.during(about, async () => {
      await servers.standIn.configure(behaviour);
      await sender.send(messages(MESSAGES / 2, { prefix: 'meanwhile' }));
      await delay(BROKEN_FOR_MS);
      await servers.standIn.configure({ latencyMs: 50 });
    });
    await ledgerShows(bed, 1);
  },
}));

function base(name: string, tier: Tier, about: string) {
  return {
    ...{ name, tier, about },
    processes: ['standalone'],
    env: { LLM_TIMEOUT_MS: '3000' },
    standIn: { latencyMs: 50 },
  } as const;
}

/** Waits until so many calls have failed, and takes the provider's word for when it made them. */
async function ledgerShows({ progress, servers, faults }: CaseBed, least: number): Promise<void> {
  const failed = async () =>
    (await servers.standIn.calls()).filter((call) => call.fault !== null || call.aborted || call.status !== 200);
  await progress.until('the provider to have failed', async () => (await failed()).length >= least, LIMIT_MS);
  // A call that the pipeline broke off is no fault: as one it would explain itself.
  for (const [name, calls] of groupBy(await failed(), ({ fault }) => fault ?? '')) {
    const at = calls.map(({ startedAt }) => startedAt);
    if (name !== '') faults.counted(`the provider: ${name}`, at);
  }
}

export const providerFaults: readonly FaultCase[] = [...waitedOut, finalAnswers, ...wholeProvider];

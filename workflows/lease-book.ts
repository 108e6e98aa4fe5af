import type { Lease, LeaseHolder, LeaseRequest } from '../contracts/rate-budget.ts';

/** A death or a newcomer takes effect within some rounds. */
const ROUND_MS = 1_000;
/** Workers a second, at most: each one asking costs the server and a pipeline worker some milliseconds of CPU. */
const ASKING_PER_SECOND = 4;
/** Temporal lets ten updates of a workflow wait. Beyond these, workers wait at home, and are answered soon after they asked. */
const MOST_WAITING = 8;
const CROWDED_WAIT_MS = 500;
/** A lease outlives two rounds that fail. What a worker that was killed had is lost for as long. */
const LEASE_ROUNDS = 3;

/** Busier than this, a worker could use more than it has. */
const HUNGRY = 0.8;
/** What others get beside the hungry: twice what they used, and so much of an equal share at least. */
const HEADROOM = 2;
const LEAST_PART = 0.1;

interface Asking {
  readonly request: LeaseRequest;
  grant(lease: Lease): void;
}

const NOTHING: Lease = { share: 0, phase: 0, validMs: 0, askAgainInMs: 0 };

/** Who has which part of the limits, and until when. Nothing in it but what it is told: it runs in a workflow. */
export interface LeaseBook {
  readonly holders: readonly LeaseHolder[];
  /** How many have asked since the last answer. */
  readonly asking: number;
  /** How long who asks first waits for the others. */
  readonly waitMs: number;
  /** No more should wait. */
  readonly isCrowded: boolean;
  /** Resolves with the answer of the round. */
  ask(request: LeaseRequest): Promise<Lease>;
  leave(worker: string): void;
  /** The only one that asks is new, and nobody else has a lease. */
  isFirst(now: number): boolean;
  /** Shares what is free among all that ask. What others still hold is not free until their leases end. */
  answer(now: number): void;
}

export function createLeaseBook(before: readonly LeaseHolder[]): LeaseBook {
  const holders = new Map(before.map((holder) => [holder.worker, holder]));
  let asked = new Map<string, Asking>();
  const workers = () => new Set([...holders.keys(), ...asked.keys()]).size;
  const roundMs = () => ROUND_MS * Math.max(1, workers() / ASKING_PER_SECOND);
  const fit = () => workers() <= MOST_WAITING;

  return {
    get holders() {
      return [...holders.values()];
    },
    get asking() {
      return asked.size;
    },
    get waitMs() {
      return fit() ? roundMs() : CROWDED_WAIT_MS;
    },
    get isCrowded() {
      return asked.size >= MOST_WAITING;
    },
    ask(request) {
      // A worker that asks twice has given its first question up.
      asked.get(request.worker)?.grant(NOTHING);
      return new Promise((grant) => {
        asked.set(request.worker, { request, grant });
      });
    },
    leave(worker) {
      holders.delete(worker);
    },
    isFirst(now) {
      return asked.size === 1 && [...holders.values()].every(({ worker, until }) => !asked.has(worker) && until <= now);
    },
    answer(now) {
      for (const { worker, until } of holders.values()) {
        if (until <= now && !asked.has(worker)) holders.delete(worker);
      }
      const validMs = LEASE_ROUNDS * roundMs();
      const askAgainInMs = fit() ? 0 : roundMs();
      const others = [...holders.values()].filter(({ worker }) => !asked.has(worker));
      const taken = sum(others.map(({ share }) => share));
      // In an order of their own, so that a worker's turn stays its turn from round to round.
      const asking = [...asked.values()].sort((a, b) => (a.request.worker < b.request.worker ? -1 : 1));
      const wanted = asking.map(({ request: { worker, busy } }) => ({ busy, share: holders.get(worker)?.share ?? 0 }));
      const ready = readyCalls(asking.length + others.length, asking);
      const free = Math.max(0, 1 - ready - taken);
      const shares = fit()
        ? shareOut(free, wanted)
        : equally(Math.min(free / asking.length, (1 - ready) / workers()), asking);
      for (const [index, one] of asking.entries()) {
        const { worker, limits, busy } = one.request;
        const share = shares[index] ?? 0;
        holders.set(worker, { worker, limits, busy, share, until: now + validMs });
        one.grant({ share, phase: index / asking.length, validMs, askAgainInMs });
      }
      asked = new Map();
    },
  };
}

/**
 * The part of the limits that is not shared out: after a quiet time each worker has one call ready, and they may all come at
 * once, on top of what the shares let through.
 */
function readyCalls(workers: number, asking: readonly Asking[]): number {
  const lowest = Math.min(...asking.map(({ request }) => request.limits.requestsPerMinute ?? Infinity));
  return Math.min(0.5, (workers - 1) / lowest);
}

/**
 * Who has use for more than its share, shares equally what the others leave; these get what they used, and some headroom. When
 * nobody has use for more, all get the same: whoever has work next is not held back.
 * @param free part (0 to 1) of the limits
 */
export function shareOut(free: number, wanted: readonly { readonly busy: number; readonly share: number }[]): number[] {
  const equal = free / wanted.length;
  const modest = wanted.map(({ busy, share }) =>
    busy >= HUNGRY ? undefined : Math.min(equal, Math.max(busy * share * HEADROOM, equal * LEAST_PART)),
  );
  const hungry = modest.filter((part) => part === undefined).length;
  if (hungry === 0) return wanted.map(() => equal);
  const left = free - sum(modest.map((part) => part ?? 0));
  return modest.map((part) => part ?? left / hungry);
}

/** Of many workers only some ask in a round, so that it cannot be told who could spare what. */
function equally(share: number, asking: readonly unknown[]): number[] {
  return asking.map(() => share);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

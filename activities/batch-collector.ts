import type { BatchMember } from '../contracts/batch.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { createGathering, type Gathering } from './gathering.ts';

/** A message's request on its way into a batch. */
export interface BatchRequest {
  /** As the provider's `toLine` made it. */
  readonly line: string;
  readonly member: BatchMember;
  /** So many files that it was in were refused as a whole: it may be to blame. */
  readonly refused: number;
  /**
   * Has Temporal record, before anything is paid, that the request is in this input file: whoever tries again can look for
   * the batch of it. `false`: the message waits for it no longer.
   */
  readonly claim: (inputId: string) => Promise<boolean>;
}

/** The message does not wait for its answer any more, so its request was left out. */
export class LeftOutError extends Error {
  constructor() {
    super('nobody waits for this request any more');
    this.name = 'LeftOutError';
  }
}

export interface BatchCollector {
  /** `batchId` rejects with a `LeftOutError`, a `ProviderError`, or Temporal's own. `leave` takes it out while it is gathered. */
  add(request: BatchRequest): { readonly batchId: Promise<string>; readonly leave: () => void };
  /**
   * The id of the batch that an earlier attempt made, or was making, of this input file; the member waits for its end now.
   * `undefined` when there is none: then the request may go into another one.
   */
  rejoin(claim: { inputId: string; since: number }, member: BatchMember): Promise<string | undefined>;
  /** What is gathered goes now, and what comes later at once: the process is about to end. */
  drain(): void;
}

export interface BatchCollectorDeps {
  readonly provider: BatchProvider;
  /** Has these members wait for the end of the batch; repeating it changes nothing. */
  readonly announce: (batchId: string, members: readonly BatchMember[]) => Promise<void>;
  /** How long requests are gathered, from the first one on. */
  readonly windowMs: number;
  readonly maxRequests: number;
  readonly maxBytes: number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

interface Entry extends BatchRequest {
  readonly resolve: (batchId: string) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests of refused files are spread over so many at most: more would be too many when none of the requests is to blame. */
const MAX_GROUPS = 64;
/** So many at a time: each is a call to Temporal. */
const CLAIMS_AT_A_TIME = 50;
/** Below the activity's heartbeat time-out: after it another attempt may have looked for the batch, in vain. */
const CLAIMS_HOLD_MS = 20_000;

// What was begun is brought to its end; a process that has no time for it is killed.
const { signal } = new AbortController();

/**
 * Gathers the requests of this process into batches. Those of a file that was refused are gathered apart, at random in four groups, the
 * next time in 16, then in 64: whoever is not in the group of the request that is to blame gets through.
 */
export function createBatchCollector(deps: BatchCollectorDeps): BatchCollector {
  const { maxRequests, maxBytes, random = Math.random } = deps;
  let { windowMs } = deps;
  const groups = new Map<string, Gathering<Entry>>();

  function groupOf({ refused }: BatchRequest): Gathering<Entry> {
    const count = Math.min(MAX_GROUPS, 4 ** refused);
    const name = `${String(Math.floor(random() * count))} of ${String(count)}`;
    const group = groups.get(name) ?? createGathering({ windowMs: () => windowMs, maxRequests, maxBytes }, flush);
    groups.set(name, group);
    return group;
  }

  function flush(entries: readonly Entry[]): void {
    send(entries, deps).catch((error: unknown) => {
      // After whatever it was, each message tries for itself, and finds the batch if there is one by then.
      for (const { reject } of entries) reject(error);
    });
  }

  return {
    add(request) {
      let leave = () => {};
      const batchId = new Promise<string>((resolve, reject) => {
        const takeOut = groupOf(request).add({ ...request, resolve, reject });
        leave = () => {
          if (takeOut()) reject(new LeftOutError());
        };
      });
      return { batchId, leave };
    },
    rejoin: createRejoin(deps),
    drain() {
      windowMs = 0;
      for (const group of groups.values()) group.flush();
    },
  };
}

/** Uploading costs nothing, so what proves unwanted leads to another file, and no batch is made of the one before. */
async function send(entries: readonly Entry[], deps: BatchCollectorDeps): Promise<void> {
  const { provider, announce } = deps;
  const inputId = await provider.upload(
    entries.map(({ line }) => line),
    signal,
  );
  const claimingSince = Date.now();
  const wanted = await claimAll(entries, inputId);
  if (wanted.length === 0) return;
  if (wanted.length < entries.length) return send(wanted, deps);
  if (Date.now() - claimingSince > CLAIMS_HOLD_MS) throw new Error('claims on an input file took too long to hold');
  const batchId = await provider.create(inputId, signal);
  await announce(
    batchId,
    entries.map(({ member }) => member),
  );
  for (const { resolve } of entries) resolve(batchId);
}

/** Those that are still wanted; the others are told. */
async function claimAll(entries: readonly Entry[], inputId: string): Promise<readonly Entry[]> {
  const wanted: Entry[] = [];
  for (let start = 0; start < entries.length; start += CLAIMS_AT_A_TIME) {
    const some = entries.slice(start, start + CLAIMS_AT_A_TIME);
    const claims = await Promise.all(some.map(({ claim }) => claim(inputId)));
    for (const [index, entry] of some.entries()) {
      if (claims[index] === true) wanted.push(entry);
      else entry.reject(new LeftOutError());
    }
  }
  return wanted;
}

function createRejoin({ provider, announce }: BatchCollectorDeps): BatchCollector['rejoin'] {
  const searches = new Map<string, Promise<string | undefined>>();
  return async ({ inputId, since }, member) => {
    // After a crash all requests of a file come back at once, with the same question.
    const search = searches.get(inputId) ?? provider.find(inputId, since, signal);
    searches.set(inputId, search);
    const batchId = await search.finally(() => searches.delete(inputId));
    if (batchId !== undefined) await announce(batchId, [member]);
    return batchId;
  };
}

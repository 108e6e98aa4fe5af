import { Context } from '@temporalio/activity';
import type { BatchMember, SubmitToBatchInput, SubmitToBatchResult } from '../contracts/batch.ts';
import type { DayBudgets } from '../accounting/budget-gate.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { ProviderError, type ProviderErrorKind } from '../providers/provider.ts';
import { LeftOutError, type BatchCollector } from './batch-collector.ts';
import { endAsTemporalSays, type ConfirmedHeartbeat } from './confirmed-heartbeat.ts';
import { sharedCallFailure, worldFailure } from './failures.ts';
import { refuseBeyondCap } from './paid-attempts.ts';
import { parkedBy } from './parked-by.ts';
import { requestOf } from './re-ask.ts';

export interface SubmitToBatchDeps {
  provider: BatchProvider;
  collector: BatchCollector;
  /** `undefined`: nothing is limited. */
  budgets?: Pick<DayBudgets, 'refusal'> | undefined;
  /** Cap on calls that may have been paid for one message. */
  maxAttempts: number;
  confirmedHeartbeat: ConfirmedHeartbeat<Remembered>;
}

/** An input file that the request is in, of which a batch may have been made. */
interface Claim {
  readonly inputId: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}
/** The details of a heartbeat: what the next attempt has to know. */
type Remembered = Partial<Claim> & {
  /** So many files that the request was in were refused as a whole. */
  readonly refused?: number;
};

/**
 * A batch may be made after whoever asked for it was told of a failure, or was killed, and it may be a while until the provider
 * lists it. So long after its file was claimed, it is looked for before the request goes into another one: asking for it takes a
 * minute at most.
 */
const SEARCHED_FOR_MS = 180_000;
const SEARCHED_EVERY_MS = 30_000;
/** What a provider answers when it dislikes a file, or something in it. */
const OF_THE_FILE: readonly ProviderErrorKind[] = ['bad-request', 'context-length', 'content-filtered'];
/** A third of the heartbeat time-out. */
const BEAT_EVERY_MS = 10_000;

/** Has the message's request put into a batch, together with others'. After a crash it finds the batch that it was put into before. */
export function createSubmitToBatch(deps: SubmitToBatchDeps) {
  const { provider, collector, maxAttempts } = deps;
  return async function submitToBatch(input: SubmitToBatchInput): Promise<SubmitToBatchResult> {
    const { info } = Context.current();
    const remembered = (info.heartbeatDetails as Remembered | undefined | null) ?? {};
    const earlier = claimIn(remembered);
    refuseBeyondCap(input.before, maxAttempts);
    // One that was put into a batch before a crash is paid for already.
    const parked = earlier ? undefined : await parkedBy(deps.budgets, input, input.before);
    if (parked !== undefined) return parked;
    const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
    const member = { workflowId, runId };
    // The same in every attempt, and no other request's.
    const customId = `${runId}-${info.activityId}`;
    try {
      const joined = earlier ? await rejoin(collector, earlier, member) : undefined;
      const line = provider.toLine(customId, requestOf(input));
      const before = { inBatches: input.refused ?? 0, inFiles: remembered.refused ?? 0 };
      const batchId = joined ?? (await gather(deps, { line, member }, before));
      return { kind: 'ticket', provider: provider.name, batchId, customId };
    } catch (error) {
      if (error instanceof LeftOutError) {
        Context.current().cancellationSignal.throwIfAborted();
        Context.current().heartbeat();
        return endAsTemporalSays(error);
      }
      if (error instanceof ProviderError) throw sharedCallFailure(error, info.attempt);
      throw error;
    }
  };
}

/** @throws {ApplicationFailure} when there may be a batch of the file, but none is to be found yet. */
async function rejoin(collector: BatchCollector, earlier: Claim, member: BatchMember): Promise<string | undefined> {
  const isOverdue = Date.now() - earlier.since >= SEARCHED_FOR_MS;
  const batchId = await collector.rejoin(earlier, member);
  if (batchId !== undefined || isOverdue) return batchId;
  const message = `the provider lists no batch of ${earlier.inputId} yet, and may have made one`;
  throw worldFailure('Provider.Unavailable', message, SEARCHED_EVERY_MS);
}

async function gather(
  { collector, confirmedHeartbeat }: SubmitToBatchDeps,
  request: { line: string; member: BatchMember },
  refusedBefore: { inBatches: number; inFiles: number },
): Promise<string> {
  const { info, cancellationSignal } = Context.current();
  let refused = refusedBefore.inFiles;
  let made: Claim | undefined;
  let beats = Promise.resolve(true);
  const beatOnce = () => confirmedHeartbeat(info.taskToken, { ...made, ...(refused > 0 && { refused }) });
  // One after the other: an older one that arrives later would take the claim back.
  const beat = () => (beats = beats.catch(() => true).then(beatOnce));
  const claim = (inputId: string) => {
    made = { inputId, since: Date.now() };
    return beat();
  };
  const { batchId, leave } = collector.add({ ...request, refused: refusedBefore.inBatches + refused, claim });
  const timer = setInterval(() => {
    beat().then(
      (wanted) => {
        if (!wanted) leave();
      },
      // Temporal does not answer: the next beat may get through.
      () => undefined,
    );
  }, BEAT_EVERY_MS);
  // Only while it is gathered: an attempt that ended while its batch is made would have the next one look for it too early.
  cancellationSignal.addEventListener('abort', leave, { once: true });
  try {
    return await batchId;
  } catch (error) {
    if (error instanceof ProviderError && isRefusal(error)) {
      // No batch was made of the file, so the next attempt has none to look for; where it is not told, it only takes longer.
      made = undefined;
      if (OF_THE_FILE.includes(error.kind)) refused += 1;
      await beat().catch(() => undefined);
    }
    throw error;
  } finally {
    clearInterval(timer);
    cancellationSignal.removeEventListener('abort', leave);
  }
}

/** Whatever is at fault on the provider's side, or on the way to it, may have come after the batch was made. */
function isRefusal({ maybePaid, status = 0 }: ProviderError): boolean {
  return !maybePaid && status < 500;
}

function claimIn({ inputId, since }: Remembered): Claim | undefined {
  return inputId === undefined || since === undefined ? undefined : { inputId, since };
}

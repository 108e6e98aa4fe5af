import { Context } from '@temporalio/activity';
import type { CallAccounts, CallFacts } from '../accounting/call-accounts.ts';
import type { AttemptsMade, CompleteInput } from '../contracts/pipeline.ts';
import { confirm, type ConfirmedHeartbeat } from './confirmed-heartbeat.ts';
import { messageFailure } from './failures.ts';
import type { CallHeartbeat } from './heartbeat.ts';

/** Attempts of a message over everything that happens to it: retries, the re-ask, a killed worker, a time parked. */

/** This attempt's number, from 1. */
export function attemptOf({ before, rejected }: CompleteInput): number {
  return Context.current().info.attempt + (before?.attempts ?? rejected?.attempts ?? 0);
}

/** By earlier attempts of this activity, or else before the message was parked, or else, for the re-ask, by the first ask. */
export function paidAttemptsBefore({ before, rejected }: CompleteInput): number {
  return heartbeatBefore()?.paidAttempts ?? before?.paidAttempts ?? rejected?.paidAttempts ?? 0;
}

/** @throws {ApplicationFailure} when another call for the message could be one paid too many. */
export function refuseBeyondCap({ attempts, paidAttempts }: AttemptsMade, maxPaid: number): void {
  if (paidAttempts < maxPaid) return;
  const message = `${String(paidAttempts)} calls were or may have been paid without an answer that could be used`;
  throw messageFailure('Provider.AttemptsExhausted', message, attempts);
}

/** The count has to outlive this attempt; a heartbeat's details are what Temporal hands to the next one. */
export function rememberPaid(paidAttempts: number): void {
  const position = { phase: 'body', bytesReceived: 0 } as const;
  Context.current().heartbeat({ ...position, paidAttempts, countedAttempts: paidAttempts } satisfies CallHeartbeat);
}

/**
 * A call that was running at the last heartbeat of an attempt that then said nothing more: its worker was killed, or hangs. Temporal
 * has to know first that it is counted: should this attempt say nothing more either, the next one would count it again.
 */
export async function countLost(
  { accounts, confirmedHeartbeat }: { accounts: CallAccounts; confirmedHeartbeat: ConfirmedHeartbeat<CallHeartbeat> },
  facts: CallFacts,
): Promise<void> {
  const { paidAttempts, countedAttempts } = heartbeatBefore() ?? {};
  if (paidAttempts === undefined || countedAttempts === undefined || paidAttempts <= countedAttempts) return;
  const counted = { phase: 'waiting', bytesReceived: 0, paidAttempts, countedAttempts: paidAttempts } as const;
  await confirm(confirmedHeartbeat, counted);
  accounts.lost(facts, paidAttempts - countedAttempts);
}

/** Of the last heartbeat of the attempt before this one: what the next attempt has to know, should this one make no call. */
export function countsBefore(input: CompleteInput): Pick<CallHeartbeat, 'paidAttempts' | 'countedAttempts'> {
  const paidAttempts = paidAttemptsBefore(input);
  return { paidAttempts, countedAttempts: heartbeatBefore()?.countedAttempts ?? paidAttempts };
}

/** The last one of the attempt before this one. */
function heartbeatBefore(): Partial<CallHeartbeat> | undefined | null {
  return Context.current().info.heartbeatDetails as Partial<CallHeartbeat> | undefined | null;
}

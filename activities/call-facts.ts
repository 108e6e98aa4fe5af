import { Context } from '@temporalio/activity';
import type { CallFacts } from '../accounting/call-accounts.ts';
import type { CompleteInput } from '../contracts/pipeline.ts';

/** A call of the message that the running activity is for, as accounts know it. */
export function callFacts(
  { type, tenant, rejected }: CompleteInput,
  call: Pick<CallFacts, 'provider' | 'request' | 'attempt' | 'batch'> & {
    /** Calls for the message before this one that were, or may have been, paid. */
    readonly paidBefore: number;
  },
): CallFacts {
  const { paidBefore, ...facts } = call;
  const { workflowExecution } = Context.current().info;
  return {
    workflowId: workflowExecution?.workflowId ?? 'local',
    runId: workflowExecution?.runId ?? 'local',
    ...{ type, tenant, ...facts },
    // The answer that was rejected is in the account of the message.
    lostBefore: paidBefore - (rejected === undefined ? 0 : 1),
  };
}

/**
 * What one attempt to make a record durable may take: for a workflow, 5 s and 9 s of `workflow-starter.ts`; for a dead letter, the wait
 * behind others and the sending together, also where its topic refuses it and takes a reduced one.
 */
export const MAX_ATTEMPT_MS = 14_000;

/**
 * After this a batch is left, and what is not done comes again: with one attempt that may still be under way it stays within
 * half of the group's rebalance timeout (60 s), so that waiting for Temporal or Kafka never costs the membership.
 */
export const MAX_BATCH_MS = 30_000 - MAX_ATTEMPT_MS;

/**
 * After this a batch is left, and what is not done comes again: with one attempt that may still be under way (14 s) it stays
 * within half of the group's rebalance timeout (60 s), so that waiting for Temporal or Kafka never costs the membership.
 */
export const MAX_BATCH_MS = 16_000;

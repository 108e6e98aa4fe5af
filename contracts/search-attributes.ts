import { defineSearchAttributeKey } from '@temporalio/common';

/** What operators can filter runs by. All Keyword; values are cut to Temporal's 255 characters where they are set. */
export const SEARCH_ATTRIBUTES = {
  messageType: defineSearchAttributeKey('MessageType', 'KEYWORD'),
  tenant: defineSearchAttributeKey('Tenant', 'KEYWORD'),
  messageKey: defineSearchAttributeKey('MessageKey', 'KEYWORD'),
  failureType: defineSearchAttributeKey('FailureType', 'KEYWORD'),
  pipelineState: defineSearchAttributeKey('PipelineState', 'KEYWORD'),
} as const;

/** `PipelineState` of an open message whose budget is used up. */
export const PARKED = 'parked';
/** `PipelineState` of an open message whose answer may take the provider a day. */
export const WAITING_FOR_BATCH = 'waiting-for-batch';
/** `PipelineState` of a message that ended by its own fault. */
export const DEAD_LETTERED = 'dead-lettered';
/** `PipelineState` of a message that ended by an operator's wish. */
export const CANCELLED = 'cancelled';

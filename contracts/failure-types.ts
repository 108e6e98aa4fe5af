/**
 * Why a message ended as a dead letter: the closed set of `dead-letter-failure-type` and of the search attribute
 * `FailureType`. All of them are faults of the message itself (or an operator's wish); faults of the world are retried.
 */
export const MESSAGE_FAILURE_TYPES = [
  'Message.Unreadable',
  'Message.TooLarge',
  'Message.TooManyHeaders',
  'Message.Invalid',
  'Message.UnknownType',
  'Message.IdConflict',
  'Provider.BadRequest',
  'Provider.ContextLength',
  'Provider.ContentFiltered',
  'Provider.Refused',
  'Provider.AttemptsExhausted',
  'Output.Truncated',
  'Output.Invalid',
  'Output.TooLarge',
  'Cancelled',
  'Internal',
] as const;
export type MessageFailureType = (typeof MESSAGE_FAILURE_TYPES)[number];

/** Faults of the world: they show in the workflow while Temporal retries, and never as a dead letter. */
export const WORLD_FAILURE_TYPES = [
  'Provider.RateLimited',
  'Provider.QuotaExhausted',
  'Provider.Authentication',
  'Provider.ModelNotFound',
  'Provider.Overloaded',
  'Provider.Unavailable',
  'Provider.Timeout',
  'Provider.BatchRunning',
  'Kafka.Unavailable',
  'Examples.BadSource',
  'Worker.UnknownType',
] as const;
export type WorldFailureType = (typeof WORLD_FAILURE_TYPES)[number];

export type FailureType = MessageFailureType | WorldFailureType;

const messageFailureTypes: ReadonlySet<string> = new Set(MESSAGE_FAILURE_TYPES);

export function isMessageFailureType(type: string | null | undefined): type is MessageFailureType {
  return typeof type === 'string' && messageFailureTypes.has(type);
}

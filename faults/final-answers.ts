import type { MessageFailureType } from '../contracts/failure-types.ts';

/** What a provider can say against one message, as the stand-in's faults name it, and what the message ends as. */
export const FINAL_ANSWERS: Readonly<Record<string, MessageFailureType>> = {
  '400': 'Provider.BadRequest',
  '422': 'Provider.BadRequest',
  echo_key_in_400: 'Provider.BadRequest',
  '413': 'Provider.ContextLength',
  request_too_large: 'Provider.ContextLength',
  context_length: 'Provider.ContextLength',
  context_length_without_code: 'Provider.ContextLength',
  prompt_filtered: 'Provider.ContentFiltered',
  invalid_prompt: 'Provider.ContentFiltered',
  moderation: 'Provider.ContentFiltered',
  content_filter: 'Provider.ContentFiltered',
  refusal: 'Provider.Refused',
  echo_key_in_refusal: 'Provider.Refused',
  'huge-body': 'Output.TooLarge',
  length: 'Output.Truncated',
};

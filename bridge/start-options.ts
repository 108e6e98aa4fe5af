import type { WorkflowOptions } from '@temporalio/client';
import type { Priority } from '@temporalio/common';
import { MAX_KEYWORD_CHARS } from '../contracts/limits.ts';
import { TASK_QUEUES, type ProcessMessageInput } from '../contracts/pipeline.ts';
import type { EncodedBytes, RecordSource } from '../contracts/record.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import type { Routing } from './decode-record.ts';

const MAX_FAIRNESS_KEY_BYTES = 64;
/**
 * Of Temporal's ten seconds a process that has many large messages at once may need more for one. Only for those: so long a task stays with a
 * worker that was killed.
 */
const LARGE_TASK_TIMEOUT = '1m';

export interface StartRequest {
  readonly workflowId: string;
  readonly input: ProcessMessageInput;
  /** Its input goes to the blob store. Measured once: that may take writing all of it as JSON. */
  readonly isLarge: boolean;
  readonly routing: Routing;
  /** SHA-256 in hex of the record's value, and of its timestamp where it has no id: tells a redelivery from another message. */
  readonly contentHash: string;
}

type StartOptions = WorkflowOptions & { readonly args: [ProcessMessageInput] };

/**
 * How a message's workflow is started. All text of the message that Temporal indexes is cut and cleaned here: what its store
 * cannot hold (a NUL in PostgreSQL, half a surrogate pair in protobuf) would make one message block its partition.
 */
export function toStartOptions({ workflowId, input, isLarge, routing, contentHash }: StartRequest): StartOptions {
  const key = textOf(input.record.key);
  const attributes = [
    { key: SEARCH_ATTRIBUTES.messageType, value: toKeyword(routing.type) },
    { key: SEARCH_ATTRIBUTES.tenant, value: toKeyword(routing.tenant) },
    { key: SEARCH_ATTRIBUTES.messageKey, value: toKeyword(key) },
  ].flatMap(({ key: attribute, value }) => (value === undefined ? [] : [{ key: attribute, value }]));
  const priority = toPriority(routing);
  return {
    taskQueue: TASK_QUEUES.pipeline,
    workflowId,
    args: [input],
    // FAIL, not USE_EXISTING: whether the run was there before has to be known, to compare its content.
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    typedSearchAttributes: attributes,
    memo: { contentHash },
    staticSummary: summaryOf(input.record.source, routing),
    ...(priority === undefined ? {} : { priority }),
    ...(isLarge ? { workflowTaskTimeout: LARGE_TASK_TIMEOUT } : {}),
  };
}

/** At most 255 characters without control characters or lone surrogates; `undefined` when nothing is left. */
export function toKeyword(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const keyword = Array.from(clean(text)).slice(0, MAX_KEYWORD_CHARS).join('');
  return keyword === '' ? undefined : keyword;
}

function toPriority({ priority, tenant }: Routing): Priority | undefined {
  const fairnessKey = tenant === undefined ? '' : cutToBytes(clean(tenant), MAX_FAIRNESS_KEY_BYTES);
  if (priority === undefined && fairnessKey === '') return undefined;
  return {
    ...(priority === undefined ? {} : { priorityKey: priority }),
    ...(fairnessKey === '' ? {} : { fairnessKey }),
  };
}

const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cs}]/gu, '\uFFFD');

function cutToBytes(text: string, maxBytes: number): string {
  let cut = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    cut += character;
  }
  return cut;
}

/** A key that is not text is no use in a filter. */
function textOf(key: EncodedBytes | null): string | undefined {
  return key !== null && 'utf8' in key ? key.utf8 : undefined;
}

function summaryOf({ topic, partition, offset }: RecordSource, { type }: Routing): string {
  const what = Array.from(clean(type ?? 'message'))
    .slice(0, 40)
    .join('');
  return `${what} from ${topic.slice(0, 100)} ${String(partition)}:${offset}`;
}

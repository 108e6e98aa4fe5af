export type BatchStatus =
  'validating' | 'in_progress' | 'finalizing' | 'completed' | 'failed' | 'expired' | 'cancelling' | 'cancelled';

/** A batch as OpenAI's Batch API describes it. */
export interface BatchObject {
  readonly id: string;
  readonly object: 'batch';
  readonly endpoint: string;
  readonly input_file_id: string;
  readonly completion_window: '24h';
  readonly created_at: number;
  readonly metadata: unknown;
  readonly status: BatchStatus;
  readonly errors: { readonly object: 'list'; readonly data: readonly BatchProblem[] } | null;
  readonly output_file_id: string | null;
  readonly error_file_id: string | null;
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
}
export interface BatchProblem {
  readonly code: string;
  readonly message: string;
  readonly line: number | null;
}

export interface NewBatch {
  readonly endpoint: string;
  readonly inputFileId: string;
  readonly metadata: unknown;
}

export function toBatchObject(id: string, { endpoint, inputFileId, metadata }: NewBatch): BatchObject {
  return {
    id,
    object: 'batch',
    endpoint,
    input_file_id: inputFileId,
    completion_window: '24h',
    created_at: Math.floor(Date.now() / 1_000),
    metadata,
    status: 'validating',
    errors: null,
    output_file_id: null,
    error_file_id: null,
    request_counts: { total: 0, completed: 0, failed: 0 },
  };
}

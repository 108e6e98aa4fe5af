import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';

/** Until `wait` ends, however it does, operators find the message by what it waits for; then by what it waited for around that. */
export async function whileIn<Result>(state: string, wait: () => Promise<Result>): Promise<Result> {
  const key = SEARCH_ATTRIBUTES.pipelineState;
  const around = workflowInfo().typedSearchAttributes.get(key) ?? null;
  upsertSearchAttributes([{ key, value: state }]);
  try {
    return await wait();
  } finally {
    upsertSearchAttributes([{ key, value: around }]);
  }
}

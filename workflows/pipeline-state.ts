import { upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';

/** Until `wait` ends, however it does, operators find the message by what it waits for. */
export async function whileIn<Result>(state: string, wait: () => Promise<Result>): Promise<Result> {
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.pipelineState, value: state }]);
  try {
    return await wait();
  } finally {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.pipelineState, value: null }]);
  }
}

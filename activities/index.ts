import type { createCancelBatch } from './cancel-batch.ts';
import type { createComplete } from './complete.ts';
import type { createPollBatch } from './poll-batch.ts';
import type { createPreprocess } from './preprocess.ts';
import type { createPublish } from './publish.ts';
import type { createReadBatchAnswer } from './read-batch-answer.ts';
import type { createRefreshExamples } from './refresh-examples.ts';
import type { createSubmitToBatch } from './submit-to-batch.ts';
import type { createValidate } from './validate.ts';

/**
 * Everything a workflow may call, by the task queue whose worker runs it. The names are outside names: they are in every
 * recorded history. Each comes from a factory that closes over its dependencies.
 */
export interface PipelineActivities {
  validate: ReturnType<typeof createValidate>;
  preprocess: ReturnType<typeof createPreprocess>;
  publish: ReturnType<typeof createPublish>;
}
export interface LlmActivities {
  complete: ReturnType<typeof createComplete>;
}
export interface BatchActivities {
  submitToBatch: ReturnType<typeof createSubmitToBatch>;
  pollBatch: ReturnType<typeof createPollBatch>;
  cancelBatch: ReturnType<typeof createCancelBatch>;
  readBatchAnswer: ReturnType<typeof createReadBatchAnswer>;
}
export interface PublishActivities {
  publish: ReturnType<typeof createPublish>;
}
export interface ExamplesActivities {
  refreshExamplesFromSource: ReturnType<typeof createRefreshExamples>;
}

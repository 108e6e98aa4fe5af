import type { createComplete } from './complete.ts';
import type { createPreprocess } from './preprocess.ts';
import type { createPublish } from './publish.ts';
import type { createRefreshExamples } from './refresh-examples.ts';
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
export interface PublishActivities {
  publish: ReturnType<typeof createPublish>;
}
export interface ExamplesActivities {
  refreshExamplesFromSource: ReturnType<typeof createRefreshExamples>;
}

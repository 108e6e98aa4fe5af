import { loadConfig } from '../../config/load.ts';
import { createTopics, pipelineTopics, withAdmin } from '../../dev/stack/topics.ts';

/** Topics and a consumer group that no other case has. */
export interface CaseTopics {
  readonly input: string;
  readonly output: string;
  readonly deadLetters: string;
  readonly groupId: string;
  /** Makes a process use them. */
  readonly env: Readonly<Record<string, string>>;
  create(): Promise<void>;
  remove(): Promise<void>;
}

export function caseTopics(
  unique: string,
  { brokers, partitions }: { brokers: readonly string[]; partitions: number },
): CaseTopics {
  const names = {
    input: `${unique}.requests`,
    output: `${unique}.results`,
    deadLetters: `${unique}.dead-letters`,
    groupId: unique,
  };
  const env = {
    KAFKA_INPUT_TOPICS: names.input,
    KAFKA_OUTPUT_TOPIC: names.output,
    KAFKA_DEAD_LETTER_TOPIC: names.deadLetters,
    KAFKA_EXAMPLES_TOPIC: `${unique}.examples`,
    KAFKA_GROUP_ID: names.groupId,
  };
  const topics = pipelineTopics(loadConfig({ ...env, OPENAI_API_KEY: 'none' }).kafka, partitions);
  return {
    ...names,
    env,
    create: () => createTopics(brokers, topics),
    remove: () => withAdmin(brokers, (admin) => admin.deleteTopics({ topics: topics.map(({ topic }) => topic) })),
  };
}

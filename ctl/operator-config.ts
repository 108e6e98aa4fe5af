import { loadConfig, type Config } from '../config/load.ts';
import { environmentSchema } from '../config/schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the commands need to know: which Temporal, where its UI is, and on which topics messages come in. */
export interface OperatorConfig {
  readonly temporal: Config['temporal'];
  readonly inputTopics: readonly string[];
  /** Without a slash at the end. */
  readonly uiUrl: string;
}

/**
 * An operator's shell need not hold a pipeline's whole configuration: of the pipeline's own variables only the topics, and what
 * payloads are read with, are looked at, so that a wrong or missing LLM setting stops no command.
 * @throws {ConfigurationError}
 */
export function loadOperatorConfig(environment: Environment): OperatorConfig {
  const ignored = Object.keys(environmentSchema.shape).filter((name) => !/_TOPICS?$|^PAYLOAD_|^BLOB_/.test(name));
  const relevant = Object.fromEntries(Object.entries(environment).filter(([name]) => !ignored.includes(name)));
  // A command calls no provider, so it needs no key.
  const { temporal, kafka } = loadConfig({ ...relevant, WORKER_ROLE: 'none' });
  const uiUrl = environment['TEMPORAL_UI_URL'] || defaultUiUrl(temporal.connectionOptions.address ?? '');
  return { temporal, inputTopics: kafka.inputTopics, uiUrl: uiUrl.replace(/\/+$/, '') };
}

/** The dev server serves its UI there, and so does docker-compose.yml. */
function defaultUiUrl(address: string): string {
  return `http://${address.replace(/:\d+$/, '')}:8233`;
}

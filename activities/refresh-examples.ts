import { Context } from '@temporalio/activity';
import type { ExampleSet } from '../contracts/pipeline.ts';
import { toExampleRecord, toRemovalRecord } from '../examples/example-record.ts';
import type { ExampleRepository } from '../examples/example-repository.ts';
import { loadExampleSets } from '../examples/source.ts';
import { BadSourceError } from '../examples/source-document.ts';
import type { OutgoingRecord } from '../contracts/record.ts';
import { PublishError, type RecordPublisher } from '../kafka/record-publisher.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { worldFailure } from './failures.ts';

/** What a refresh did; never the examples themselves, which may be confidential and would fill the history. */
export type RefreshResult =
  | {
      readonly kind: 'refreshed';
      readonly changed: readonly { readonly type: string; readonly version: string; readonly examples: number }[];
      readonly unchanged: readonly string[];
      /** Types the source no longer has examples for. */
      readonly removed: readonly string[];
    }
  | { readonly kind: 'bad-source'; readonly problems: readonly string[] };

/** More than an operator reads, and few enough for a history. */
const MAX_PROBLEMS = 100;
const MAX_PROBLEM_CHARS = 300;

export interface RefreshExamplesDeps {
  /** A folder or an https URL; `undefined` when the process has none. */
  source: string | undefined;
  topic: string;
  /** What is in use, as the topic says. */
  repository: ExampleRepository;
  registry: ProcessorRegistry;
  publisher: RecordPublisher;
  metrics: Metrics['examples'];
  fetch?: typeof globalThis.fetch;
}

/**
 * Loads and checks the source, and publishes what differs from the sets in use. A source that does not hold changes
 * nothing: its problems are the result. Repeating it is harmless: the same set has the same version and bytes.
 */
export function createRefreshExamples(deps: RefreshExamplesDeps) {
  return async function refreshExamplesFromSource(): Promise<RefreshResult> {
    try {
      const result = await refresh(deps);
      const nothing = result.kind === 'refreshed' && result.changed.length + result.removed.length === 0;
      deps.metrics.refreshes.inc({ result: nothing ? 'unchanged' : 'changed' });
      return result;
    } catch (error) {
      deps.metrics.refreshes.inc({ result: 'failed' });
      if (error instanceof BadSourceError) return { kind: 'bad-source', problems: shortened(error.problems) };
      if (error instanceof PublishError) throw worldFailure('Kafka.Unavailable', error.message);
      throw error;
    }
  };
}

async function refresh(deps: RefreshExamplesDeps): Promise<RefreshResult> {
  const { source, topic, repository } = deps;
  if (source === undefined) throw new BadSourceError(['EXAMPLES_SOURCE is not set for the worker that ran this']);
  const sets = await loadExampleSets({ ...deps, source, signal: Context.current().cancellationSignal });
  const isInUse = ({ type, version }: ExampleSet) => repository.setFor(type)?.version === version;
  // Compared before anything is published: what is published comes into use while this still runs.
  const changed = sets.filter((set) => !isInUse(set));
  const unchanged = sets.filter(isInUse).map(({ type }) => type);
  const removed = repository.sets().filter(({ type }) => sets.every((set) => set.type !== type));

  await publishAll(deps.publisher, [
    ...changed.map((set) => toExampleRecord(topic, set)),
    ...removed.map(({ type }) => toRemovalRecord(topic, type)),
  ]);
  return {
    kind: 'refreshed',
    changed: changed.map(({ type, version, examples }) => ({ type, version, examples: examples.length })),
    unchanged,
    removed: removed.map(({ type }) => type),
  };
}

async function publishAll(publisher: RecordPublisher, records: readonly OutgoingRecord[]): Promise<void> {
  for (const record of records) {
    Context.current().heartbeat();
    await publisher.publish(record);
  }
}

function shortened(problems: readonly string[]): string[] {
  const shown = problems.slice(0, MAX_PROBLEMS).map((problem) => problem.slice(0, MAX_PROBLEM_CHARS));
  const more = problems.length - shown.length;
  return more > 0 ? [...shown, `… and ${String(more)} more`] : shown;
}

import type { ExampleSet } from '../contracts/pipeline.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import { toExampleSet } from './example-set.ts';
import { readFolder } from './folder-source.ts';
import { BadSourceError, type SourceDocument } from './source-document.ts';
import { readUrl } from './url-source.ts';

/**
 * All example sets of `source`, a folder or an https URL. All or nothing: half a change is no change.
 * @throws {BadSourceError} with every problem found. Any other error is a fault of the disk or network: try again.
 */
export async function loadExampleSets(options: {
  source: string;
  registry: ProcessorRegistry;
  signal: AbortSignal;
  fetch?: typeof globalThis.fetch;
}): Promise<ExampleSet[]> {
  const { source, registry, signal, fetch = globalThis.fetch } = options;
  const documents = source.startsWith('https://')
    ? await readUrl({ url: new URL(source), signal, fetch })
    : await readFolder(source);
  const checked = documents.map((document) => check(document, registry));
  const problems = checked.flatMap((one) => one.problems);
  // A folder that was not mounted looks empty: it must not remove every set.
  if (documents.length === 0) problems.push('the source holds no examples of any type');
  if (problems.length > 0) throw new BadSourceError(problems);
  return checked.flatMap(({ set }) => set ?? []);
}

function check({ type, where, content }: SourceDocument, registry: ProcessorRegistry) {
  const processor = registry.get(type);
  if (processor === undefined) {
    return { problems: [`${where}: no processor for type "${type}"; known: ${registry.types().join(', ')}`] };
  }
  const { set, problems = [] } = toExampleSet(content, processor);
  return { set, problems: problems.map((problem) => `${where}: ${problem}`) };
}

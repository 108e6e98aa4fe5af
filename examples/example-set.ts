import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Example, ExampleSet } from '../contracts/pipeline.ts';
import type { RegisteredProcessor } from '../processors/processor.ts';

/** Every example is in every prompt of its type: more of them cost more with each message. */
const MAX_EXAMPLES = 20;
const MAX_SET_BYTES = 64 * 1024;

const exampleSchema = z.strictObject({ input: z.record(z.string(), z.json()), output: z.json() });
const documentSchema = z.strictObject({ examples: z.array(exampleSchema).min(1).max(MAX_EXAMPLES) });
const exampleSetSchema = documentSchema.extend({ type: z.string(), version: z.string() });

export type CheckedSet =
  | { readonly set: ExampleSet; readonly problems?: never }
  | { readonly set?: never; readonly problems: readonly string[] };

/** A source's document for one type, `{ examples: [{ input, output }] }`, as a versioned set, or everything wrong with it. */
export function toExampleSet(document: unknown, processor: RegisteredProcessor): CheckedSet {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return { problems: parsed.error.issues.map(describeIssue) };
  const { examples } = parsed.data;
  const problems = examples.flatMap((example, index) => {
    const problem = processor.problemWithExample(example);
    return problem === undefined ? [] : `examples[${String(index)}]: ${onOneLine(problem)}`;
  });
  const bytes = Buffer.byteLength(JSON.stringify(examples));
  if (bytes > MAX_SET_BYTES) {
    problems.push(`examples: ${String(bytes)} bytes, at most ${String(MAX_SET_BYTES)} are allowed`);
  }
  if (problems.length > 0) return { problems };
  return { set: { type: processor.type, version: versionOf(examples), examples } };
}

/** A set that was published: the same checks, and its version must be the one its content has. */
export function checkExampleSet(value: unknown, processor: RegisteredProcessor): CheckedSet {
  const parsed = exampleSetSchema.safeParse(value);
  if (!parsed.success) return { problems: parsed.error.issues.map(describeIssue) };
  const { type, version, examples } = parsed.data;
  const checked = toExampleSet({ examples }, processor);
  if (checked.set === undefined) return checked;
  if (type !== processor.type) return { problems: [`type: "${type}" in a record of "${processor.type}"`] };
  if (version !== checked.set.version) return { problems: [`version: ${version} is not the hash of the examples`] };
  return checked;
}

/** `sha256-` and 16 hex digits. The order of members does not count, that of the examples does: prompts keep it. */
export function versionOf(examples: readonly Example[]): string {
  const hash = createHash('sha256').update(JSON.stringify(examples, sortMembers)).digest('hex');
  return `sha256-${hash.slice(0, 16)}`;
}

function sortMembers(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function describeIssue({ path, message }: { path: PropertyKey[]; message: string }): string {
  return path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`;
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

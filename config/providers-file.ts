import { z } from 'zod';
import { PROVIDER_NAMES } from '../contracts/provider-names.ts';
import { CEILING_BUDGET } from '../contracts/rate-budget.ts';
import { interpolate, type Environment } from './interpolate.ts';
import { providerUrl } from './provider-url.ts';
import { TOKEN_COUNTINGS, usualCounting, type ProvidersConfig } from './providers.ts';
import { problemIn } from './settings-file.ts';
import { readYamlFile } from './yaml-file.ts';

const DEFAULT_MAX_WAIT_MS = 10_000;

const LONGEST_MAX_WAIT_MS = 3_600_000;

/** Also as the text that `${NAME}` stands for. */
const wholeNumber = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)], 'must be a whole number');
const positiveInt = wholeNumber.pipe(z.int().positive('must be above 0'));
const maxWaitMs = wholeNumber.pipe(
  z
    .int()
    .min(0, 'must not be below 0')
    .max(LONGEST_MAX_WAIT_MS, `must be at most ${String(LONGEST_MAX_WAIT_MS)}`),
);
const limits = { requestsPerMinute: positiveInt.optional(), tokensPerMinute: positiveInt.optional() };

const providerSchema = z.strictObject({
  name: z
    .string('must be text')
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -')
    .refine((name) => name !== CEILING_BUDGET, `must not be "${CEILING_BUDGET}", which is the ceiling's`),
  kind: z.enum(PROVIDER_NAMES, `must be one of ${PROVIDER_NAMES.join(', ')}`).default('openai'),
  baseUrl: providerUrl.optional(),
  apiKey: z.string('must be text').min(1, 'must not be empty').optional(),
  model: z.string('must be text').min(1, 'must not be empty'),
  ...limits,
  tokenCounting: z.enum(TOKEN_COUNTINGS, `must be ${TOKEN_COUNTINGS.join(' or ')}`).optional(),
  maxConcurrency: positiveInt.pipe(z.number().max(2_000, 'must be at most 2000')).optional(),
});

const fileSchema = z.strictObject({
  providers: z.array(providerSchema, 'must be a list').min(1, 'must name at least one'),
  fallback: z.strictObject({ maxWaitMs: maxWaitMs.optional() }).optional(),
  contextLength: z.array(z.string(), 'must be a list of names').default([]),
  ceiling: z
    .strictObject(limits)
    .refine((ceiling) => Object.keys(ceiling).length > 0, 'must have requestsPerMinute or tokensPerMinute')
    .optional(),
});

/** Names alone, whatever else is wrong. */
const namesSchema = z
  .object({
    providers: z.array(z.object({ name: z.unknown() }).catch({ name: undefined })).catch([]),
    contextLength: z.array(z.unknown()).catch([]),
  })
  .catch({ providers: [], contextLength: [] });

type Problem = readonly [place: readonly PropertyKey[], message: string];

/**
 * The file that PROVIDERS_FILE names: YAML or JSON, with `${NAME}` taken from the environment. What is wrong goes into `problems`,
 * each with its place and never with its value, which may be a secret; then there is no result.
 */
export function loadProvidersFile(
  path: string,
  options: { environment: Environment; maxConcurrency: number; problems: string[] },
): ProvidersConfig | undefined {
  const [config, problems] = parse(path, options);
  const where = { variable: 'PROVIDERS_FILE', file: path };
  options.problems.push(...problems.map(([place, message]) => problemIn(where, message, place)));
  return config;
}

function parse(
  path: string,
  { environment, maxConcurrency }: { environment: Environment; maxConcurrency: number },
): [ProvidersConfig | undefined, Problem[]] {
  let written: unknown;
  try {
    written = readYamlFile(path);
  } catch (error) {
    return [undefined, [[[], error instanceof Error ? error.message : String(error)]]];
  }
  const missing: Problem[] = [];
  const content = interpolate(written, {
    environment,
    onMissing: (variable, place) => missing.push([place, `\${${variable}} is not set in the environment`]),
  });
  const parsed = fileSchema.safeParse(content);
  const isMissing = (place: readonly PropertyKey[]) => missing.some(([other]) => other.join() === place.join());
  const issues = (parsed.error?.issues ?? []).filter(({ path: place }) => !isMissing(place));
  const problems = [
    ...missing,
    ...issues.map(({ path: place, message }): Problem => [place, message]),
    ...contradictions(namesSchema.parse(content)),
  ];
  if (!parsed.success || problems.length > 0) return [undefined, problems];
  return [toProviders(parsed.data, maxConcurrency), []];
}

function contradictions({ providers, contextLength }: z.output<typeof namesSchema>): Problem[] {
  const names = providers.map(({ name }) => name);
  const problems: Problem[] = [];
  names.forEach((name, index) => {
    if (name !== undefined && names.indexOf(name) < index) {
      problems.push([['providers', index, 'name'], 'must be unique']);
    }
  });
  contextLength.forEach((name, index) => {
    const message = !names.includes(name) ? 'is no provider of the list' : 'must be unique';
    if (!names.includes(name) || contextLength.indexOf(name) < index)
      problems.push([['contextLength', index], message]);
  });
  if (names.length > 0 && names.every((name) => contextLength.includes(name))) {
    problems.push([['contextLength'], 'must leave a provider for the other messages']);
  }
  return problems;
}

function toProviders(file: z.output<typeof fileSchema>, maxConcurrency: number): ProvidersConfig {
  const all = file.providers.map((provider) => ({
    ...provider,
    tokenCounting: provider.tokenCounting ?? usualCounting(provider.baseUrl),
    maxConcurrency: provider.maxConcurrency ?? maxConcurrency,
  }));
  return {
    inOrder: all.filter(({ name }) => !file.contextLength.includes(name)),
    forLongMessages: file.contextLength.flatMap((wanted) => all.filter(({ name }) => name === wanted)),
    maxWaitMs: file.fallback?.maxWaitMs ?? DEFAULT_MAX_WAIT_MS,
    ceiling: file.ceiling,
  };
}

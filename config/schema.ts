import { z } from 'zod';
import { PROVIDER_NAMES } from '../contracts/provider-names.ts';
import { DEFAULT_MAX_RECORD_BYTES, HIGHEST_MAX_RECORD_BYTES } from '../contracts/limits.ts';
import { WORKER_ROLES, type WorkerRole } from '../contracts/pipeline.ts';
import { isMetadataHost, providerUrl } from './provider-url.ts';
import { blobStoreUrl } from './blob-store.ts';
import { TOKEN_COUNTINGS, usualCounting, type ProviderConfig } from './providers.ts';

/** An empty variable counts as not set: compose files and CI systems pass `VAR=` for "no value". */
const optional = <T extends z.ZodType>(schema: T) => z.preprocess((v) => (v === '' ? undefined : v), schema.optional());
const withDefault = <T extends z.ZodType>(schema: T, fallback: z.input<T>) =>
  z.preprocess((v) => (v === '' || v === undefined ? fallback : v), schema);

const list = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )
  .pipe(z.array(z.string()).min(1, 'must name at least one, comma-separated'));
/** A list member such as `kafka-1.example:9092` or `[::1]:9092`. */
const broker = z
  .string()
  .regex(/^(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):\d+$/, 'must be host:port, comma-separated')
  .refine((text) => Number(/\d+$/.exec(text)?.[0]) <= 65_535, 'must have a port up to 65535');
const topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'must be a Kafka topic name: A-Z a-z 0-9 . _ -');
const positiveInt = z.coerce.number('must be a number').int('must be a whole number').positive('must be above 0');
const PORT_RANGE = 'must be a port: a whole number from 0 to 65535';
const port = z.coerce.number(PORT_RANGE).int(PORT_RANGE).min(0, PORT_RANGE).max(65_535, PORT_RANGE);
const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');
const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'must be a duration such as 30s, 5m or 1h')
  .transform((text) => {
    const [, amount = '0', unit = 's'] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    return Number(amount) * units[unit as keyof typeof units];
  })
  .pipe(z.number().min(1_000, 'must be at least 1s'));
/** Long enough to be set by hand and for a start to be repeated; a permission that never ends would be none. */
const MAX_PERMISSION_MS = 86_400_000;
const permission = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2030-01-31T18:00:00Z' })
  .transform((text) => Date.parse(text))
  .refine((until) => until < Date.now() + MAX_PERMISSION_MS, 'must be within the next 24 hours');
const roles = z.string().transform((text, context): readonly WorkerRole[] | 'all' => {
  if (text === 'all') return 'all';
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  const known = WORKER_ROLES.filter((role) => names.includes(role));
  if (known.length < names.length) {
    context.addIssue({ code: 'custom', message: `must be all, or of ${WORKER_ROLES.join(', ')} (comma-separated)` });
  }
  return known;
});

const NO_TYPES = 'none';
const typeNames = list.transform((types) => (types.length === 1 && types[0] === NO_TYPES ? [] : types));

/** Every variable of ours, with its default. `.env.example` lists the same ones; a test compares the two. */
export const environmentSchema = z.object({
  KAFKA_BROKERS: withDefault(list.pipe(z.array(broker)), '127.0.0.1:9092'),
  KAFKA_GROUP_ID: withDefault(z.string().max(200), 'llm-kafka-pipeline'),
  KAFKA_INPUT_TOPICS: withDefault(list.pipe(z.array(topic)), 'llm.requests'),
  KAFKA_OUTPUT_TOPIC: withDefault(topic, 'llm.results'),
  KAFKA_DEAD_LETTER_TOPIC: withDefault(topic, 'llm.dead-letters'),
  KAFKA_EXAMPLES_TOPIC: withDefault(topic, 'llm.examples'),
  KAFKA_SSL: withDefault(flag, 'false'),
  KAFKA_SSL_CA_FILE: optional(z.string()),
  KAFKA_SSL_CERT_FILE: optional(z.string()),
  KAFKA_SSL_KEY_FILE: optional(z.string()),
  KAFKA_SASL_MECHANISM: optional(
    z.enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512'),
  ),
  KAFKA_SASL_USERNAME: optional(z.string()),
  KAFKA_SASL_PASSWORD: optional(z.string()),
  ALLOW_REPLAY_UNTIL: optional(permission),
  OPENAI_API_KEY: optional(z.string()),
  OPENAI_BASE_URL: optional(providerUrl),
  LLM_PROVIDER: withDefault(z.enum(PROVIDER_NAMES, `must be one of ${PROVIDER_NAMES.join(', ')}`), 'openai'),
  LLM_MODEL: withDefault(z.string(), 'gpt-4o-mini'),
  LLM_REQUESTS_PER_MINUTE: optional(positiveInt),
  LLM_TOKENS_PER_MINUTE: optional(positiveInt),
  LLM_TOKEN_COUNTING: optional(z.enum(TOKEN_COUNTINGS, `must be ${TOKEN_COUNTINGS.join(' or ')}`)),
  LLM_MAX_CONCURRENCY: withDefault(positiveInt.pipe(z.number().max(2_000)), '50'),
  LLM_TIMEOUT_MS: withDefault(
    positiveInt.pipe(
      z
        .number()
        .min(1_000, 'must be at least 1000')
        // Long enough for any model's reasoning; a typing error should not hold a slot for a day.
        .max(3_600_000, 'must be at most 3600000'),
    ),
    '120000',
  ),
  LLM_MAX_ATTEMPTS: withDefault(positiveInt.pipe(z.number().max(100)), '6'),
  LLM_BATCH_TYPES: optional(typeNames),
  LLM_BATCH_WINDOW: withDefault(duration.pipe(z.number().max(1_800_000, 'must be at most 30m')), '30s'),
  LLM_BATCH_MAX_REQUESTS: withDefault(positiveInt.pipe(z.number().max(5_000, 'must be at most 5000')), '1000'),
  LLM_BATCH_POLL_INTERVAL: withDefault(duration, '1m'),
  PRICES_FILE: optional(z.string()),
  BUDGETS_FILE: optional(z.string()),
  PROVIDERS_FILE: optional(z.string()),
  CACHE_TYPES: optional(list),
  CACHE_URL: optional(
    z.url({ protocol: /^(?:redis|valkey)s?$/, error: 'must be a redis://, rediss://, valkey:// or valkeys:// URL' }),
  ),
  CACHE_TTL: withDefault(duration, '1h'),
  CACHE_MEMORY_MB: withDefault(positiveInt, '64'),
  BLOB_STORE_URL: optional(blobStoreUrl),
  BLOB_EXPIRY: optional(duration.pipe(z.number().min(86_400_000, 'must be at least 1d'))),
  MAX_RECORD_BYTES: withDefault(
    positiveInt.pipe(z.number().max(HIGHEST_MAX_RECORD_BYTES, `must be at most ${String(HIGHEST_MAX_RECORD_BYTES)}`)),
    String(DEFAULT_MAX_RECORD_BYTES),
  ),
  MAX_OPEN_WORKFLOWS: withDefault(positiveInt, '2000'),
  MAX_PARKED_WORKFLOWS: withDefault(positiveInt, '50000'),
  PAYLOAD_KEYS: optional(z.string()),
  PAYLOAD_KEYS_FILE: optional(z.string()),
  CODEC_SERVER_HOST: withDefault(z.string(), '127.0.0.1'),
  CODEC_SERVER_PORT: withDefault(port, '8081'),
  CODEC_SERVER_CORS_ORIGINS: withDefault(
    list.pipe(
      z.array(z.string().regex(/^https?:\/\/[^/\s]+$/, 'must be origins such as https://temporal.example.com')),
    ),
    'http://127.0.0.1:8233,http://localhost:8233',
  ),
  CODEC_SERVER_TOKEN: optional(z.string()),
  WORKER_ROLE: withDefault(roles, 'all'),
  TEMPORAL_WORKER_BUILD_ID: optional(
    z.string().regex(/^[A-Za-z0-9._-]{1,200}$/, 'must be of A-Z a-z 0-9 . _ -, at most 200'),
  ),
  TEMPORAL_DEPLOYMENT_NAME: withDefault(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'must be of A-Z a-z 0-9 _ -, at most 100'),
    'llm-kafka-pipeline',
  ),
  PUBLISH_MODE: withDefault(z.enum(['local', 'remote'], 'must be local or remote'), 'local'),
  EXAMPLES_SOURCE: optional(
    z
      .string()
      .refine((source) => !/^[a-z]+:\/\//i.test(source) || source.startsWith('https://'), {
        error: 'must be a folder or an https URL',
      })
      .refine((source) => !isMetadataHost(source), 'must not be a link-local or metadata address'),
  ),
  EXAMPLES_REFRESH_INTERVAL: withDefault(duration, '5m'),
  METRICS_PORT: withDefault(port, '9464'),
  LOG_LEVEL: withDefault(z.enum(['trace', 'debug', 'info', 'warn', 'error']), 'info'),
});

/** Looked for beside the schema, not inside it: it would skip them as soon as one variable is wrong by itself. */
export function contradictions(env: Readonly<Record<string, string | undefined>>): string[] {
  const isSet = (name: string) => (env[name] ?? '') !== '';
  const problems: string[] = [];
  if (isSet('KAFKA_SASL_MECHANISM')) {
    for (const name of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'].filter((needed) => !isSet(needed))) {
      problems.push(`${name}: is needed with KAFKA_SASL_MECHANISM`);
    }
  }
  const { KAFKA_INPUT_TOPICS, KAFKA_OUTPUT_TOPIC, KAFKA_DEAD_LETTER_TOPIC, KAFKA_EXAMPLES_TOPIC } =
    topicsSchema.safeParse(env).data ?? {};
  const topics = [...(KAFKA_INPUT_TOPICS ?? []), KAFKA_OUTPUT_TOPIC, KAFKA_DEAD_LETTER_TOPIC, KAFKA_EXAMPLES_TOPIC];
  if (KAFKA_INPUT_TOPICS !== undefined && new Set(topics).size < topics.length) {
    problems.push('KAFKA_INPUT_TOPICS: input, output, dead-letter and examples topics must all be different');
  }
  if (callsProvider(env) && !isSet('OPENAI_API_KEY') && !isSet('OPENAI_BASE_URL') && !isSet('PROVIDERS_FILE')) {
    problems.push(
      'OPENAI_API_KEY: is needed by the llm role, or OPENAI_BASE_URL of a server that wants no key, or PROVIDERS_FILE',
    );
  }
  return problems;
}

/** Whether a process with these variables runs workers of that role: what only they need is not asked of others. */
export function hasRole(env: Readonly<Record<string, string | undefined>>, role: WorkerRole): boolean {
  const roles = env['WORKER_ROLE'] || 'all';
  return roles === 'all' || roles.split(',').some((name) => name.trim() === role);
}

export const callsProvider = (env: Readonly<Record<string, string | undefined>>): boolean => hasRole(env, 'llm');

const topicsSchema = environmentSchema.pick({
  KAFKA_INPUT_TOPICS: true,
  KAFKA_OUTPUT_TOPIC: true,
  KAFKA_DEAD_LETTER_TOPIC: true,
  KAFKA_EXAMPLES_TOPIC: true,
});

export type PipelineConfig = ReturnType<typeof toConfig>;

/** Grouped by the part that reads it. */
export function toConfig(env: z.output<typeof environmentSchema>) {
  return {
    kafka: {
      brokers: env.KAFKA_BROKERS,
      groupId: env.KAFKA_GROUP_ID,
      inputTopics: env.KAFKA_INPUT_TOPICS,
      outputTopic: env.KAFKA_OUTPUT_TOPIC,
      deadLetterTopic: env.KAFKA_DEAD_LETTER_TOPIC,
      examplesTopic: env.KAFKA_EXAMPLES_TOPIC,
      sasl:
        env.KAFKA_SASL_MECHANISM === undefined
          ? undefined
          : {
              mechanism: env.KAFKA_SASL_MECHANISM,
              username: env.KAFKA_SASL_USERNAME ?? '',
              password: env.KAFKA_SASL_PASSWORD ?? '',
            },
    },
    llm: {
      timeoutMs: env.LLM_TIMEOUT_MS,
      maxAttempts: env.LLM_MAX_ATTEMPTS,
      batch: {
        /** `undefined`: as the processors say. */
        types: env.LLM_BATCH_TYPES,
        windowMs: env.LLM_BATCH_WINDOW,
        maxRequests: env.LLM_BATCH_MAX_REQUESTS,
        pollIntervalMs: env.LLM_BATCH_POLL_INTERVAL,
      },
    },
    cache: {
      types: env.CACHE_TYPES ?? [],
      url: env.CACHE_URL,
      ttlMs: env.CACHE_TTL,
      maxBytes: env.CACHE_MEMORY_MB * 1024 * 1024,
    },
    maxRecordBytes: env.MAX_RECORD_BYTES,
    /** Milliseconds since the epoch. Until then the bridge reads on although that may repeat messages. */
    allowReplayUntil: env.ALLOW_REPLAY_UNTIL,
    codecServer: {
      host: env.CODEC_SERVER_HOST,
      port: env.CODEC_SERVER_PORT,
      corsOrigins: env.CODEC_SERVER_CORS_ORIGINS,
      token: env.CODEC_SERVER_TOKEN,
    },
    maxOpenWorkflows: env.MAX_OPEN_WORKFLOWS,
    maxParkedWorkflows: env.MAX_PARKED_WORKFLOWS,
    // With local publishing nothing ever waits on the publish queue.
    workerRoles:
      env.WORKER_ROLE === 'all'
        ? WORKER_ROLES.filter((role) => role !== 'publish' || env.PUBLISH_MODE === 'remote')
        : env.WORKER_ROLE,
    publishMode: env.PUBLISH_MODE,
    /** `undefined`: workers take the runs of every build. */
    workerVersion:
      env.TEMPORAL_WORKER_BUILD_ID === undefined
        ? undefined
        : { deploymentName: env.TEMPORAL_DEPLOYMENT_NAME, buildId: env.TEMPORAL_WORKER_BUILD_ID },
    examples: { source: env.EXAMPLES_SOURCE, refreshIntervalMs: env.EXAMPLES_REFRESH_INTERVAL },
    metricsPort: env.METRICS_PORT,
    logLevel: env.LOG_LEVEL,
  };
}

/** The one provider that the environment describes without a file. */
export function toProvider(env: z.output<typeof environmentSchema>): ProviderConfig {
  return {
    name: env.LLM_PROVIDER,
    kind: env.LLM_PROVIDER,
    apiKey: env.OPENAI_API_KEY,
    baseUrl: env.OPENAI_BASE_URL,
    model: env.LLM_MODEL,
    requestsPerMinute: env.LLM_REQUESTS_PER_MINUTE,
    tokensPerMinute: env.LLM_TOKENS_PER_MINUTE,
    tokenCounting: env.LLM_TOKEN_COUNTING ?? usualCounting(env.OPENAI_BASE_URL),
    maxConcurrency: env.LLM_MAX_CONCURRENCY,
  };
}

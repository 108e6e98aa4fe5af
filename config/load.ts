import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import type { z } from 'zod';
import type { Budgets } from '../contracts/spending.ts';
import { ConfigurationError } from '../lifecycle/errors.ts';
import { defaultBlobStoreUrl, isOtherS3Server, type BlobStoreConfig } from './blob-store.ts';
import { budgetsInMoney, budgetsSchema } from './budgets.ts';
import { examplesFolderProblem } from './examples-folder.ts';
import { loadKafkaTls, type KafkaTls } from './kafka-tls.ts';
import { loadPayloadKeys, type PayloadKey } from './payload-keys.ts';
import { pricesSchema, type Prices } from './prices.ts';
import { loadProvidersFile } from './providers-file.ts';
import { onlyProvider, type ProvidersConfig } from './providers.ts';
import {
  callsProvider,
  contradictions,
  environmentSchema,
  hasRole,
  toConfig,
  toProvider,
  type PipelineConfig,
} from './schema.ts';
import { readSettingsFile } from './settings-file.ts';

/** What is done to payloads before they go to Temporal. */
export interface PayloadsConfig {
  /** The first one encrypts, all of them decrypt. None: payloads stand in clear. */
  readonly keys: readonly PayloadKey[];
  /** Where the large ones go. */
  readonly blobs: BlobStoreConfig;
}

/** Temporal's own variables and TOML profile, as its command line tool reads them, and what we do to payloads. */
export type TemporalConfig = Required<ClientConnectConfig> & { readonly payloads: PayloadsConfig };

export type KafkaConfig = PipelineConfig['kafka'] & { readonly ssl: KafkaTls | false };

export type Config = PipelineConfig & {
  readonly kafka: KafkaConfig;
  readonly providers: ProvidersConfig;
  readonly temporal: TemporalConfig;
  /** For what is paid in `llm` workers; absent in other processes. */
  readonly prices: Prices | undefined;
  readonly budgets: Budgets | undefined;
};

/**
 * The environment as one checked object.
 * @throws {ConfigurationError} naming every problem, one a line.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const parsed = environmentSchema.safeParse(env);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`));
  }
  problems.push(...contradictions(env));
  const ssl = loadKafkaTls(env, problems);
  const examplesProblem = hasRole(env, 'examples') ? examplesFolderProblem(env['EXAMPLES_SOURCE']) : undefined;
  if (examplesProblem !== undefined) problems.push(examplesProblem);
  const temporal = loadTemporal(env, parsed.data, problems);
  const providers = loadProviders(env, parsed.data, problems);
  const spending = callsProvider(env) ? loadSpending(env, problems) : { prices: undefined, budgets: undefined };
  if (!parsed.success || temporal === undefined || providers === undefined || problems.length > 0) {
    throw new ConfigurationError(`The configuration has problems:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
  const config = toConfig(parsed.data);
  return Object.freeze({ ...config, kafka: { ...config.kafka, ssl }, providers, temporal, ...spending });
}

/** The file's where there is one; read only by who calls them, as others need not have its secrets. */
function loadProviders(
  env: Readonly<Record<string, string | undefined>>,
  parsed: z.output<typeof environmentSchema> | undefined,
  problems: string[],
): ProvidersConfig | undefined {
  const file = env['PROVIDERS_FILE'] ?? '';
  if (file === '' || !callsProvider(env)) return parsed && onlyProvider(toProvider(parsed));
  const maxConcurrency = parsed?.LLM_MAX_CONCURRENCY ?? 1;
  return loadProvidersFile(file, { environment: env, maxConcurrency, problems });
}

function loadSpending(env: Readonly<Record<string, string | undefined>>, problems: string[]) {
  const { PRICES_FILE: pricesFile, BUDGETS_FILE: budgetsFile } = env;
  const prices = readSettingsFile({ variable: 'PRICES_FILE', file: pricesFile, schema: pricesSchema }, problems);
  const budgets = readSettingsFile({ variable: 'BUDGETS_FILE', file: budgetsFile, schema: budgetsSchema }, problems);
  if (budgets !== undefined && !pricesFile) {
    const paths = budgetsInMoney(budgets);
    problems.push(...paths.map((path) => `BUDGETS_FILE: ${budgetsFile ?? ''}: ${path}: needs prices: set PRICES_FILE`));
  }
  return { prices, budgets: budgets && { ...budgets, currency: prices?.currency } };
}

/** Temporal's own reader takes whatever it does not know for "no", and an encrypted connection must not be lost to a typing error. */
const TEMPORAL_FLAGS = ['TEMPORAL_TLS', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'];
const FLAG_VALUES = ['', 'true', 'false', '1', '0'];

function loadTemporal(
  env: Readonly<Record<string, string | undefined>>,
  parsed: z.output<typeof environmentSchema> | undefined,
  problems: string[],
): TemporalConfig | undefined {
  const unclear = TEMPORAL_FLAGS.filter((name) => !FLAG_VALUES.includes(env[name] ?? ''));
  problems.push(...unclear.map((name) => `${name}: must be true or false`));
  const keys = loadPayloadKeys(env, problems);
  const blobs = {
    url: parsed?.BLOB_STORE_URL ?? defaultBlobStoreUrl(env),
    s3PathStyle: isOtherS3Server(env),
    expiryMs: parsed?.BLOB_EXPIRY,
  };
  const set = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
    return {
      connectionOptions: { ...connectionOptions, address: connectionOptions.address ?? '127.0.0.1:7233' },
      namespace: namespace ?? 'default',
      payloads: { keys, blobs },
    };
  } catch (error) {
    problems.push(`TEMPORAL_…: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

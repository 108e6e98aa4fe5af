import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import type { z } from 'zod';
import { ConfigurationError } from '../lifecycle/errors.ts';
import { loadProvidersFile } from './providers-file.ts';
import { onlyProvider, type ProvidersConfig } from './providers.ts';
import {
  callsProvider,
  contradictions,
  environmentSchema,
  toConfig,
  toProvider,
  type PipelineConfig,
} from './schema.ts';

export type Config = PipelineConfig & {
  readonly providers: ProvidersConfig;
  /** Temporal's own variables and TOML profile, as its command line tool reads them. */
  readonly temporal: Required<ClientConnectConfig>;
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
  const temporal = loadTemporal(env, problems);
  const providers = loadProviders(env, parsed.data, problems);
  if (!parsed.success || temporal === undefined || providers === undefined || problems.length > 0) {
    throw new ConfigurationError(`The configuration has problems:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
  return Object.freeze({ ...toConfig(parsed.data), providers, temporal });
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

function loadTemporal(env: Readonly<Record<string, string | undefined>>, problems: string[]) {
  const set = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
    return {
      connectionOptions: { ...connectionOptions, address: connectionOptions.address ?? '127.0.0.1:7233' },
      namespace: namespace ?? 'default',
    };
  } catch (error) {
    problems.push(`TEMPORAL_…: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

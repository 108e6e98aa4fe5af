import type { Config } from './load.ts';

/** Every secret that the process was configured with, for logs to leave out. */
export function secretsOf({ providers, kafka, temporal, codecServer, cache }: Config): string[] {
  const { connectionOptions, payloads } = temporal;
  const { apiKey } = connectionOptions;
  const cacheUrl = cache.url === undefined ? undefined : new URL(cache.url);
  return [
    ...[...providers.inOrder, ...providers.forLongMessages].map((provider) => provider.apiKey),
    kafka.sasl?.password,
    typeof apiKey === 'string' ? apiKey : undefined,
    ...payloads.keys.map(({ secret }) => secret.toString('base64')),
    codecServer.token,
    cacheUrl && decodeURIComponent(cacheUrl.password),
    cacheUrl?.password,
  ].filter((secret) => secret !== undefined && secret !== '') as string[];
}

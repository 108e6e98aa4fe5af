import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OnProgress } from '../progress.ts';
import { portFor } from './free-port.ts';
import { serverFromOutside, withMembers } from './server.ts';
import { NAMESPACE, startTemporalServer } from './temporal-server.ts';

export interface TemporalOptions {
  readonly temporalPort?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly ui?: boolean;
  readonly codecEndpoint?: string | undefined;
  readonly temporalDb: 'memory' | 'file';
  readonly dataDir: string;
  readonly onProgress: OnProgress;
}

/** The Temporal that the environment names, or one of our own. */
export async function serveTemporal(options: TemporalOptions) {
  const given = process.env['TEMPORAL_ADDRESS'] ?? '';
  if (given !== '') {
    const namespace = process.env['TEMPORAL_NAMESPACE'] ?? NAMESPACE;
    options.onProgress(`Temporal: none is started, because TEMPORAL_ADDRESS names ${given}`);
    return withMembers(serverFromOutside('Temporal'), {
      address: given,
      namespace,
      env: { TEMPORAL_ADDRESS: given, TEMPORAL_NAMESPACE: namespace },
    });
  }
  const { dataDir, codecEndpoint, onProgress } = options;
  const port = await portFor('Temporal', options.temporalPort);
  const uiPort = options.ui === false ? undefined : await portFor("Temporal's Web UI", options.uiPort);
  const server = await startTemporalServer({
    ...{ port, uiPort, codecEndpoint, dataDir, onProgress },
    db: options.temporalDb,
  });
  const address = `127.0.0.1:${String(port)}`;
  // In place of the user's own, which would add its TLS and API key to our plain server.
  const profile = join(dataDir, 'temporal.toml');
  writeFileSync(profile, '[profile.default]\n');
  return withMembers(server, {
    address,
    namespace: NAMESPACE,
    ...(uiPort !== undefined && { uiUrl: `http://127.0.0.1:${String(uiPort)}` }),
    env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE, TEMPORAL_CONFIG_FILE: profile },
  });
}

import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { freePort, isFree } from '../stack/free-port.ts';
import { startPipelineProcess, type PipelineProcess } from '../stack/pipeline-process.ts';
import type { Stack } from '../stack/start-stack.ts';

export interface CodecServerPlan {
  /** For Temporal's Web UI. */
  readonly endpoint: string;
  /** Resolves when it answers. */
  start(stack: Stack): Promise<PipelineProcess>;
}

/** A codec server has its address before the Web UI starts, and starts when the UI has its own. `undefined`: nothing is encrypted. */
export async function planCodecServer(): Promise<CodecServerPlan | undefined> {
  const { temporal, codecServer } = loadConfig({ ...process.env, WORKER_ROLE: 'none' });
  if (temporal.payloads.keys.length === 0) return undefined;
  const port = codecServer.port !== 0 && (await isFree(codecServer.port)) ? codecServer.port : await freePort();
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    async start({ dataDir, temporal: { uiUrl } }) {
      const origins = uiUrl === undefined ? codecServer.corsOrigins : [uiUrl, uiUrl.replace('127.0.0.1', 'localhost')];
      const started = await startPipelineProcess({
        entry: 'codec-server/main.js',
        env: { CODEC_SERVER_PORT: String(port), CODEC_SERVER_CORS_ORIGINS: origins.join(',') },
        logFile: join(dataDir, 'codec-server.log'),
      });
      await started.ready();
      return started;
    },
  };
}

import { pino } from 'pino';
import { startCodecServer } from '../../../codec-server/start-codec-server.ts';
import { loadConfig } from '../../../config/load.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';

/** @returns the warnings of its start. */
async function start(env: Record<string, string>): Promise<readonly string[]> {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
  const config = loadConfig({ WORKER_ROLE: 'none', CODEC_SERVER_PORT: '0', ...env });
  const server = await startCodecServer({ config, logger, metrics: createMetrics() });
  await server.drain();
  return lines;
}

test('it starts without keys: large payloads are to be shown, too', async () => {
  expect(await start({})).toEqual([]);
});

test('it warns of an address that others reach, unless they need a token', async () => {
  expect(await start({ CODEC_SERVER_HOST: '0.0.0.0' })).toEqual([expect.stringContaining('CODEC_SERVER_TOKEN')]);
  expect(await start({ CODEC_SERVER_HOST: '0.0.0.0', CODEC_SERVER_TOKEN: 'a token' })).toEqual([]);
});

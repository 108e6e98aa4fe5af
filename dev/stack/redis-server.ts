import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { OnProgress } from '../progress.ts';
import { portFor } from './free-port.ts';
import { findRedisExecutable } from './redis-executable.ts';
import { startServer, withMembers, type Server } from './server.ts';

const PROBE_TIMEOUT_MS = 1_000;

/** Valkey or Redis on 127.0.0.1, in memory alone: after `kill` it comes back empty. */
export async function startRedisServer(options: {
  readonly dataDir: string;
  readonly onProgress?: OnProgress;
}): Promise<Server & { readonly url: string }> {
  const { dataDir, onProgress = () => undefined } = options;
  const port = await portFor('Redis', undefined);
  const server = await startServer({
    name: 'Redis',
    command: await findRedisExecutable(onProgress),
    args: ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    cwd: dataDir,
    env: process.env,
    logFile: join(dataDir, 'redis.log'),
    probe: () => probe(port),
  });
  return withMembers(server, { url: `redis://127.0.0.1:${String(port)}` });
}

async function probe(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, timeout: PROBE_TIMEOUT_MS });
  try {
    socket.on('timeout', () => socket.destroy(new Error('no answer')));
    socket.write('PING\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (!answer.toString().startsWith('+PONG')) throw new Error(answer.toString());
  } finally {
    socket.destroy();
  }
}

import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { StackError } from './tools.ts';

/**
 * Below the range from which systems take the local ends of outgoing connections. A port from that range could be lost
 * to a client's connection while its server is down, and the server could not come back on it.
 */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;
const TRIES = 100;

/** A TCP port on 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (await isFree(port)) return port;
  }
  throw new StackError('No free TCP port found on 127.0.0.1.');
}

/**
 * The port asked for, or any free one.
 * @param what names the server in the error
 * @throws {StackError} when the port asked for is in use
 */
export async function portFor(what: string, wanted: number | undefined): Promise<number> {
  if (wanted === undefined || wanted === 0) return freePort();
  if (await isFree(wanted)) return wanted;
  throw new StackError(`Port ${String(wanted)} for ${what} is in use: choose another, or stop what listens there.`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => {
      done(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        done(true);
      });
    });
  });
}

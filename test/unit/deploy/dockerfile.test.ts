import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { environmentSchema } from '../../../config/schema.ts';
import { exists, read, sourceOf } from './project.ts';

const dockerfile = read('Dockerfile');
const ignored = read('.dockerignore').split('\n');

describe('Dockerfile', () => {
  test('starts something that the build makes', () => {
    const [, command = ''] = /^CMD \["(dist\/[^"]+)"\]$/m.exec(dockerfile) ?? [];
    expect(exists(sourceOf(command))).toBe(true);
  });

  test('copies only what is there or built, and nothing that .dockerignore leaves out', () => {
    const copied = [...dockerfile.matchAll(/^COPY --from=build \/app\/(\S+)/gm)].map(([, path = '']) => path);
    expect(copied.filter((path) => path !== 'dist' && !exists(path))).toEqual([]);
    expect(ignored).not.toContain('deploy');
    expect(ignored).not.toContain('dev');
  });

  test('has the patches when it installs what they patch', () => {
    const before = dockerfile.slice(0, dockerfile.indexOf('RUN npm ci'));
    expect(before).toContain('COPY patches ./patches');
    expect(ignored).not.toContain('patches');
  });

  test('keeps secrets and what was built on the host out of the image', () => {
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.git', 'node_modules', 'dist']));
  });

  test('keeps blobs in the volume that its user may write', () => {
    expect(dockerfile).toMatch(
      /^RUN mkdir \/blobs && chown node:node \/blobs\nENV BLOB_STORE_URL=file:\/\/\/blobs\nVOLUME \/blobs$/m,
    );
  });

  test('exposes the port of the health server, and runs as a user who owns nothing', () => {
    expect(dockerfile).toContain(`EXPOSE ${String(environmentSchema.parse({ OPENAI_API_KEY: 'a key' }).METRICS_PORT)}`);
    expect(dockerfile.split('FROM').at(-1)).toMatch(/^USER node$/m);
    expect(dockerfile).not.toContain('--chown');
  });
});

describe('the image’s health check', () => {
  test.each([
    ['passes when /livez answers 200', 200, 0],
    ['fails when it answers anything else', 503, 1],
  ])('%s', async (_promise, status, expected) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const code = await runHealthCheck({ METRICS_PORT: String(port) });
    // Before anything is expected: a listening server keeps a failed test's process alive.
    server.close();
    expect({ code, asked }).toEqual({ code: expected, asked: ['/livez'] });
  });

  test('fails when nothing listens', async () => {
    expect(await runHealthCheck({ METRICS_PORT: '1' })).toBe(1);
  });
});

async function runHealthCheck(env: Record<string, string>): Promise<unknown> {
  const script = fileURLToPath(new URL('../../../deploy/healthcheck.mjs', import.meta.url));
  const [code] = (await once(spawn(process.execPath, [script], { env, stdio: 'ignore' }), 'exit')) as unknown[];
  return code;
}

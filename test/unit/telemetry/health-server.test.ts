import { Registry } from 'prom-client';
import { startHealthServer, type HealthServer } from '../../../telemetry/health-server.ts';

let reasons: string[] = [];
let server: HealthServer;
beforeAll(async () => {
  server = await startHealthServer({ port: 0, registry: new Registry(), notReadyBecause: () => reasons });
});
afterAll(() => server.close());
const get = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${String(server.port)}${path}`);
  return { status: response.status, text: await response.text() };
};

test('readiness turns red with one line for each part that cannot work, liveness stays green', async () => {
  reasons = ['bridge: not in the group', 'worker llm: STOPPED'];
  expect(await get('/readyz')).toEqual({ status: 503, text: 'bridge: not in the group\nworker llm: STOPPED\n' });
  expect((await get('/livez')).status).toBe(200);
  reasons = [];
  expect(await get('/readyz')).toEqual({ status: 200, text: 'ok\n' });
});

test('an unknown path says what there is', async () => {
  const { status, text } = await get('/health');
  expect(status).toBe(404);
  expect(text).toContain('/livez');
});

test('a port that is taken is an error, not a process without health checks', async () => {
  await expect(
    startHealthServer({ port: server.port, registry: new Registry(), notReadyBecause: () => [] }),
  ).rejects.toThrow(`Port ${String(server.port)} for /livez, /readyz and /metrics is taken`);
});

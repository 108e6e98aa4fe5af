import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pausedBridges } from '../../../faults/bed/paused-bridges.ts';
import type { Part } from '../../../faults/bed/parts.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A process whose `/metrics` says this. */
async function answering(part: Part, text: string) {
  const server = createServer((_request, response) => response.end(text));
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { name: `${part}-1`, part, metricsUrl: `http://127.0.0.1:${String(port)}/metrics` };
}

const gauge = (value: number) => `pipeline_bridge_paused_partitions ${String(value)}\n`;

it.each(['bridge', 'standalone'] as const)('finds a %s that says it has paused', async (part) => {
  expect(await pausedBridges([await answering(part, gauge(2))])).toEqual([`${part}-1`]);
  expect(await pausedBridges([await answering(part, gauge(0))])).toEqual([]);
});

it('takes a bridge that does not say for a paused one', async () => {
  const renamed = await answering('bridge', 'pipeline_bridge_paused 0\n');
  expect(await pausedBridges([renamed])).toEqual(['bridge-1']);
  const gone = { name: 'bridge-2', part: 'bridge', metricsUrl: 'http://127.0.0.1:1/metrics' } as const;
  expect(await pausedBridges([gone])).toEqual(['bridge-2']);
});

it('does not ask workers, which have nothing to pause', async () => {
  expect(await pausedBridges([await answering('llm', ''), await answering('pipeline', '')])).toEqual([]);
});

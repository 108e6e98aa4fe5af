import { createServer, type AddressInfo } from 'node:net';
import { startPipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { ask, createTestTopics } from '../support/kafka.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(180_000);

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('drain-starting');
});
afterAll(() => bed.close());

it('SIGTERM while a start waits for a server that does not answer: 0, within seconds', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const nobody = `127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
  try {
    for (const variable of ['KAFKA_BROKERS', 'TEMPORAL_ADDRESS']) {
      const starting = await startPipelineProcess({ entry: 'bridge/main.js', env: { ...bed.env, [variable]: nobody } });
      const readyz = new URL('/readyz', starting.metricsUrl);
      await waitUntil('it to start', async () => (await (await fetch(readyz)).text()) === 'starting\n');
      const askedAt = Date.now();
      const code = await starting.stop();
      expect({ variable, code }).toEqual({ variable, code: 0 });
      expect(Date.now() - askedAt).toBeLessThan(10_000);
    }
  } finally {
    silent.close();
  }
});

it('SIGTERM in the middle of joining a group, and again: it ends, and no member is left behind', async () => {
  const { groupId, env } = await createTestTopics('joining');
  const members = async () => (await ask((admin) => admin.describeGroups([groupId]))).groups[0]?.members.length;
  const killed = await bed.start('bridge/main.js', { env });
  await killed.kill();
  // The group waits for the dead member, and the new one for the group, until the session ends (30 s).
  const joining = await startPipelineProcess({ entry: 'bridge/main.js', env: { ...bed.env, ...env } });
  await waitUntil('the join', async () => (await members()) === 2);
  const askedAt = Date.now();
  const stopping = joining.stop();
  await waitUntil('a moment', () => Date.now() - askedAt > 1_200);
  process.kill(joining.pid, 'SIGTERM');
  expect(await stopping).not.toBeNull();
  expect(Date.now() - askedAt).toBeLessThan(10_000);
  await waitUntil('an empty group', async () => (await members()) === 0, { timeoutMs: 90_000, everyMs: 1_000 });
});

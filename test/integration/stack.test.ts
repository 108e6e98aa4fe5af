import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { freePort, isFree } from '../../dev/stack/free-port.ts';
import { startStack, type Stack } from '../../dev/stack/start-stack.ts';
import { withAdmin } from '../../dev/stack/topics.ts';
import { createTestTopics, committedOffsets, produce, readTopic } from '../support/kafka.ts';
import { waitUntil } from '../../dev/wait-until.ts';

const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const pidsOf = ({ kafka, temporal }: Stack) => [kafka.pid, temporal.pid].filter((pid) => pid !== undefined);

describe('the embedded stack', () => {
  it('has the broker keep what was produced, byte for byte and by partition', async () => {
    const { input, groupId } = await createTestTopics('stack', { partitions: 2 });
    const value = Buffer.from([0xff, 0x00, 0x7b]);
    await produce(input, [
      { partition: 0, key: 'a', value, headers: { h: 'x' } },
      { partition: 1, value: null },
    ]);
    const records = await readTopic(input, { until: 2 });
    expect(records.sort((a, b) => a.partition - b.partition)).toMatchObject([
      { partition: 0, offset: '0', key: Buffer.from('a'), value, headers: { h: Buffer.from('x') } },
      { partition: 1, offset: '0', key: null, value: null },
    ]);
    expect(await committedOffsets(groupId, input)).toEqual({ 0: '-1', 1: '-1' });
  }, 60_000);

  it('keeps topics and workflows while its servers are killed and started again, and from run to run', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'stack-test-'));
    const listTopics = (stack: Stack) => withAdmin(stack.kafka.brokers, (admin) => admin.listTopics());
    const describeWorkflow = async ({ temporal }: Stack) => {
      const connection = await Connection.connect({ address: temporal.address });
      try {
        const handle = new Client({ connection }).workflow.getHandle('kept');
        return (await handle.describe()).status.name;
      } finally {
        await connection.close();
      }
    };
    let stack = await startStack({ dataDir, ui: false, standIn: {} });
    try {
      const connection = await Connection.connect({ address: stack.temporal.address });
      await new Client({ connection }).workflow.start('any', { taskQueue: 'nobody', workflowId: 'kept' });
      await connection.close();
      const before = pidsOf(stack);
      for (const server of [stack.kafka, stack.temporal]) {
        await server.kill();
        await server.start();
      }
      expect(before.some(isRunning)).toBe(false);
      expect(await listTopics(stack)).toContain('llm.requests');
      expect(await describeWorkflow(stack)).toBe('RUNNING');

      await stack.stop();
      stack = await startStack({ dataDir, ui: false, standIn: {} });
      expect(await describeWorkflow(stack)).toBe('RUNNING');
    } finally {
      const pids = pidsOf(stack);
      await stack.stop();
      expect(pids.some(isRunning)).toBe(false);
      rmSync(dataDir, { recursive: true });
    }
  }, 120_000);

  it('refuses a port that is in use, and leaves nothing running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const kafkaPort = await freePort();
    const starting = startStack({ kafkaPort, temporalPort: port, standIn: {} });
    await expect(starting).rejects.toThrow(`Port ${String(port)} for Temporal is in use`);
    expect(await isFree(kafkaPort)).toBe(true);
    other.close();
  }, 60_000);

  it('ends with its owner, even when that is killed', async () => {
    const script = `
      import { startChild } from './dist/dev/stack/child-process.js';
      const child = startChild({
        command: 'sleep', args: ['600'], cwd: '.', env: process.env, logFile: '/dev/null',
      });
      console.log(child.pid);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = (await once(owner.stdout, 'data')).map(Number);
    if (pid === undefined) throw new Error('no pid');
    expect(isRunning(pid)).toBe(true);
    owner.kill('SIGKILL');
    await waitUntil('the end of the orphan', () => !isRunning(pid));
  }, 30_000);
});

import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { toInputRecord } from '../../../bridge/input-record.ts';
import type { StartRequest } from '../../../bridge/start-options.ts';
import { createWorkflowStarter } from '../../../bridge/workflow-starter.ts';
import { aSourceRecord } from '../../support/source-records.ts';

const request: StartRequest = {
  workflowId: 'message:t:1',
  input: { id: '1', record: toInputRecord(aSourceRecord({})) },
  isLarge: false,
  routing: {},
  contentHash: 'mine',
};

function starterFor(answer: { startFails?: Error; memo?: Record<string, unknown> }) {
  const client = {
    withDeadline: (_deadline: number, rpc: () => Promise<unknown>) => rpc(),
    workflow: {
      start: () => (answer.startFails === undefined ? Promise.resolve({}) : Promise.reject(answer.startFails)),
      getHandle: () => ({ describe: () => Promise.resolve({ memo: answer.memo }) }),
    },
  };
  return createWorkflowStarter(client as unknown as Client, { eager: true });
}
const alreadyStarted = new WorkflowExecutionAlreadyStartedError('already', 'message:t:1', 'processMessage');
const grpcFailure = (code: number, details: string) =>
  new Error('Failed to start Workflow', { cause: Object.assign(new Error(details), { code, details, metadata: {} }) });

it('a message is started once, and its redelivery is a duplicate', async () => {
  expect(await starterFor({}).start(request)).toBe('started');
  expect(await starterFor({ startFails: alreadyStarted, memo: { contentHash: 'mine' } }).start(request)).toBe(
    'duplicate',
  );
});

it('a large message has the time that its blob takes', async () => {
  const allowed: number[] = [];
  const client = {
    withDeadline: (deadline: number, rpc: () => Promise<unknown>) => {
      allowed.push(Math.round((deadline - Date.now()) / 1_000));
      return rpc();
    },
    workflow: { start: () => Promise.resolve({}) },
  };
  const starter = createWorkflowStarter(client as unknown as Client, { eager: true });
  await starter.start({ ...request, isLarge: true });
  await starter.start(request);
  expect(allowed).toEqual([9, 5]);
});

it('another content under the same id is a conflict, not silence', async () => {
  const starter = starterFor({ startFails: alreadyStarted, memo: { contentHash: 'another' } });
  expect(await starter.start(request)).toBe('id-conflict');
});

it('a run started by hand for the id, without a note of its content, swallows no message', async () => {
  expect(await starterFor({ startFails: alreadyStarted }).start(request)).toBe('id-conflict');
});

it("only a refusal for its size is the record's fault", async () => {
  const tooLarge = [
    grpcFailure(3, 'Blob data size exceeds limit.'),
    grpcFailure(8, 'grpc: received message larger than max'),
  ];
  for (const startFails of tooLarge) expect(await starterFor({ startFails }).start(request)).toBe('too-large');
  const worlds = [
    grpcFailure(3, 'Namespace default has no mapping defined for search attribute Tenant'),
    grpcFailure(8, 'namespace rate limit exceeded'),
    grpcFailure(14, 'connection refused'),
    new TypeError('a bug of ours'),
  ];
  for (const startFails of worlds) await expect(starterFor({ startFails }).start(request)).rejects.toBe(startFails);
});

import { ApplicationFailure, type Client } from '@temporalio/client';
import type { Preprocessed, PublishInput } from '../../contracts/pipeline.ts';
import { waitUntil } from '../../dev/wait-until.ts';
import { endlessCall } from '../support/calls-in-workflows.ts';
import { aGate } from '../support/gate.ts';
import { prepared, runMessage } from '../support/run-message.ts';
import { connectTestClient, type TestActivities } from '../support/workflow-workers.ts';

let client: Client;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ client, close } = await connectTestClient());
});
afterAll(() => close());

/** Temporal refuses the task that recorded the publication, because a cancellation came meanwhile: the next one has to end alike. */
describe('a message that is cancelled while its end is being published has that end', () => {
  async function endsOf(overrides: Partial<TestActivities>) {
    const ends: unknown[] = [];
    const { gate, release } = aGate();
    const publish = async (input: PublishInput) => {
      ends.push(input.kind === 'result' ? input.result.output : input.failure.type);
      await gate;
      return { topic: 't', partition: 0, offset: '0' };
    };
    const { description } = await runMessage(client, { ...overrides, publish }, async (handle) => {
      await waitUntil('publishing', () => ends.length > 0);
      await handle.cancel();
      release();
    });
    return { ends: [...new Set(ends.map((end) => JSON.stringify(end)))], status: description.status.name };
  }

  test('when it is an answer that was paid for', async () => {
    expect(await endsOf({})).toEqual({ ends: ['{"summary":"short"}'], status: 'COMPLETED' });
  });

  test('when it needed no model', async () => {
    const preprocess = async (): Promise<Preprocessed> => ({ kind: 'output', output: { text: 'Hello Ada' } });
    expect(await endsOf({ preprocess })).toEqual({ ends: ['{"text":"Hello Ada"}'], status: 'COMPLETED' });
  });

  test('when it is invalid', async () => {
    const validate = () => Promise.reject(ApplicationFailure.nonRetryable('no payload', 'Message.Invalid'));
    expect(await endsOf({ validate })).toEqual({ ends: ['"Message.Invalid"'], status: 'FAILED' });
  });

  test('when it is its last resort', async () => {
    const { complete } = endlessCall();
    const lastResort = { afterMs: 500, output: { summary: 'not available' } };
    const preprocess = async () => ({ ...prepared, lastResort });
    expect(await endsOf({ preprocess, complete })).toEqual({
      ends: ['{"summary":"not available"}'],
      status: 'COMPLETED',
    });
  });
});

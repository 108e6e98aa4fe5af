import { createHash } from 'node:crypto';
import type { Message } from 'kafkajs';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { headerText, headerTexts } from '../support/followed-topic.ts';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(90_000);

let bed: PipelineBed;
let standalone: PipelineProcess;
beforeAll(async () => {
  bed = await openPipelineBed('contract');
  standalone = await bed.start('main.js');
});
afterAll(() => bed.close());

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const aMessage = (value: Record<string, unknown>, rest: Omit<Message, 'value'> = {}): Message => ({
  ...rest,
  value: JSON.stringify(value),
});
const summarize = (text: string) => ({ type: 'summarize', payload: { text } });
const valueOf = (record: ReadRecord) => JSON.parse(String(record.value)) as ResultMessage;

/** The calls that the stand-in got for a result, as it saw them. */
async function callsFor(result: ReadRecord) {
  const runId = headerText(result, 'run-id') ?? '?';
  return (await bed.standIn.calls()).filter(({ requestId }) => requestId?.startsWith(runId));
}

const BUILT_IN = [
  {
    type: 'summarize',
    payload: { text: 'The lift in house 4 is out of order. Spare parts come on Friday.', maxWords: 20 },
    output: { summary: expect.stringMatching(/\S/) as string },
  },
  {
    type: 'classify',
    payload: { text: 'Congratulations, you have WON a free prize! Click here now!', labels: ['spam', 'ham'] },
    output: { label: expect.stringMatching(/^(spam|ham)$/) as string },
  },
  {
    type: 'extract',
    payload: {
      text: 'Maria Lopez paid 12.50 on 2026-04-30.',
      schema: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'amount'],
        properties: { name: { type: 'string' }, amount: { type: 'number' } },
      },
    },
    output: { name: expect.any(String) as string, amount: expect.any(Number) as number },
  },
  {
    type: 'chat',
    payload: { messages: [{ role: 'user', content: 'Who are you?' }] },
    output: { message: { role: 'assistant', content: expect.stringMatching(/\S/) as string } },
  },
];

describe('a result', () => {
  it.each(BUILT_IN)('of $type has exactly the promised members and headers', async ({ type, payload, output }) => {
    const id = `built-in-${type}`;
    const source = await bed.send(
      aMessage(
        { id, type, payload, tenant: 'acme', priority: 2, metadata: { origin: 'shop' } },
        { key: 'customer-1', headers: { traceparent: TRACEPARENT, other: 'not copied' } },
      ),
    );
    const result = await bed.resultOf(id);
    const calls = await callsFor(result);
    expect(calls).toHaveLength(1);
    expect(valueOf(result)).toEqual({
      ...{ id, type, status: 'completed', output, source, attempts: 1, metadata: { origin: 'shop' } },
      ...{ model: 'gpt-4o-mini-stand-in', provider: 'openai' },
      usage: { inputTokens: calls[0]!.inputTokens, outputTokens: calls[0]!.outputTokens },
    });
    expect(String(result.key)).toBe('customer-1');
    expect(headerTexts(result.headers)).toEqual({
      'message-id': id,
      'workflow-id': `message:${bed.topics.input}:${id}`,
      'run-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      'content-type': 'application/json',
      'schema-version': '1',
      traceparent: TRACEPARENT,
    });
  });

  it('costs 14 history events, and in the standalone its first workflow task comes with the start', async () => {
    await bed.send(aMessage({ id: 'counted', ...summarize('Short and cheap.') }));
    await bed.resultOf('counted');
    const handle = bed.client.workflow.getHandle(`message:${bed.topics.input}:counted`);
    await handle.result();
    const events = (await handle.fetchHistory()).events ?? [];
    expect(events).toHaveLength(14);
    expect(events[0]?.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted).toBe(true);
  });

  it('of template comes without a call; without a key it gets the id as its key', async () => {
    const payload = { template: 'Dear {{name}}, you owe {{sum}}.', values: { name: 'Jürgen 🌊', sum: 3.5 } };
    const source = await bed.send(aMessage({ id: 'letter', type: 'template', payload }));
    const result = await bed.resultOf('letter');
    expect(await callsFor(result)).toEqual([]);
    expect(valueOf(result)).toEqual({
      ...{ id: 'letter', type: 'template', status: 'completed', source, attempts: 0, model: null, provider: null },
      ...{ output: { text: 'Dear Jürgen 🌊, you owe 3.5.' }, usage: { inputTokens: 0, outputTokens: 0 } },
    });
    expect(String(result.key)).toBe('letter');
    expect(result.headers).not.toHaveProperty('traceparent');
  });

  it('counts every attempt and the tokens of every answer', async () => {
    const text = 'A book about boats. [stand-in: 500] [stand-in: invalid-json]';
    await bed.send(aMessage({ id: 're-asked', type: 'classify', payload: { text, labels: ['sea', 'land'] } }));
    const result = await bed.resultOf('re-asked');
    const calls = await callsFor(result);
    expect(calls.map(({ fault }) => fault)).toEqual(['500', 'invalid-json', null]);
    const inputTokens = calls.reduce((sum, call) => sum + call.inputTokens, 0);
    const outputTokens = calls.reduce((sum, call) => sum + call.outputTokens, 0);
    expect(valueOf(result)).toMatchObject({ attempts: 3, usage: { inputTokens, outputTokens } });
  });
});

describe('identity', () => {
  const strange = 'Rechnung № 7 / März';
  const hashed = `sha256-${createHash('sha256').update(strange).digest('hex')}`;

  it.each([
    { from: 'the value', record: { headers: { 'message-id': 'not-this' } }, inValue: 'in-value', id: 'in-value' },
    { from: 'message-id', record: { headers: { ce_id: 'not-this', 'message-id': 'in-header' } }, id: 'in-header' },
    { from: 'ce_id', record: { headers: { ce_id: 'cloud-event' } }, id: 'cloud-event' },
    { from: 'a strange id, hashed', record: {}, inValue: strange, id: strange, workflowPart: hashed },
  ])('comes from $from', async ({ record, inValue, id, workflowPart = id }) => {
    await bed.send(aMessage({ ...summarize(`About ${id}.`), ...(inValue !== undefined && { id: inValue }) }, record));
    const result = await bed.resultOf(id);
    expect(headerText(result, 'workflow-id')).toBe(`message:${bed.topics.input}:${workflowPart}`);
    expect(valueOf(result).id).toBe(id);
  });

  it('is the record where there is no id', async () => {
    const { topic, partition, offset } = await bed.send(aMessage(summarize('Nobody named this.')));
    const workflowId = `record:${topic}:${String(partition)}:${offset}`;
    const result = await bed.resultOf(workflowId);
    expect(valueOf(result).id).toBe(workflowId);
    expect(headerText(result, 'workflow-id')).toBe(workflowId);
  });

  it('makes a repeat harmless, and other content under the same id a dead letter', async () => {
    const first = aMessage({ id: 'order-1', ...summarize('First.') }, { key: 'order' });
    await bed.send(first);
    const result = await bed.resultOf('order-1');
    await bed.send(first);
    const conflicting = await bed.send(aMessage({ id: 'order-1', ...summarize('Second.') }, { key: 'order' }));
    expect(headerText(await bed.deadLetterOf(conflicting), 'dead-letter-failure-type')).toBe('Message.IdConflict');
    await waitUntil('the repeat to be noticed', async () => {
      const metrics = await (await fetch(standalone.metricsUrl)).text();
      return /result="duplicate"\} 1$/m.test(metrics);
    });
    const latest = await bed.client.workflow.getHandle(headerText(result, 'workflow-id') ?? '').describe();
    expect(latest.runId).toBe(headerText(result, 'run-id'));
    expect(bed.results.records.filter((record) => headerText(record, 'message-id') === 'order-1')).toEqual([result]);
    expect(await callsFor(result)).toHaveLength(1);
  });

  it('is found in Temporal by type, tenant and key, with the priority asked for', async () => {
    const value = { id: 'found', tenant: 'Straßenbau', priority: 1, ...summarize('Find me.') };
    await bed.send(aMessage(value, { key: 'key of found' }));
    await bed.resultOf('found');
    const query = `MessageType="summarize" AND Tenant="Straßenbau" AND MessageKey="key of found"`;
    const { workflowId } = await waitUntil('visibility', async () => {
      for await (const run of bed.client.workflow.list({ query })) return run;
      return undefined;
    });
    expect(workflowId).toBe(`message:${bed.topics.input}:found`);
    const { priority } = await bed.client.workflow.getHandle(workflowId).describe();
    expect(priority).toMatchObject({ priorityKey: 1, fairnessKey: 'Straßenbau' });
  });
});

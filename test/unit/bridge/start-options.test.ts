import { toInputRecord } from '../../../bridge/input-record.ts';
import { toKeyword, toStartOptions, type StartRequest } from '../../../bridge/start-options.ts';
import type { SourceRecord } from '../../../kafka/record-source.ts';
import { aSourceRecord } from '../../support/source-records.ts';

function requestFor(routing: StartRequest['routing'], overrides: Partial<SourceRecord> = {}): StartRequest {
  const record = toInputRecord(aSourceRecord({}, overrides));
  return { workflowId: 'message:t:1', input: { id: '1', record }, isLarge: false, routing, contentHash: 'ab' };
}
const optionsFor = (...given: Parameters<typeof requestFor>) => toStartOptions(requestFor(...given));
const attributes = (...given: Parameters<typeof optionsFor>) =>
  Object.fromEntries(
    (optionsFor(...given).typedSearchAttributes as { key: { name: string }; value: unknown }[]).map(
      ({ key, value }) => [key.name, value],
    ),
  );

it('a second start for a message is refused, whether its workflow runs or has ended', () => {
  expect(optionsFor({})).toMatchObject({
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    taskQueue: 'pipeline',
    memo: { contentHash: 'ab' },
  });
});

it('a large message has a minute for each of its workflow tasks, another one is noticed as lost after Temporal’s ten seconds', () => {
  expect(toStartOptions({ ...requestFor({}), isLarge: true }).workflowTaskTimeout).toBe('1m');
  expect(optionsFor({}).workflowTaskTimeout).toBeUndefined();
});

it('what operators filter by comes from the message and its key', () => {
  expect(attributes({ type: 'chat', tenant: 'acme' })).toEqual({
    MessageType: 'chat',
    Tenant: 'acme',
    MessageKey: 'customer-1',
  });
  expect(attributes({}, { key: Buffer.from([0xff]) })).toEqual({});
  expect(attributes({}, { key: null })).toEqual({});
});

it('text that a store cannot hold is cleaned and cut', () => {
  expect(toKeyword('a\u0000b\nc')).toBe('a\uFFFDb\uFFFDc');
  expect(toKeyword('x\uD800')).toBe('x\uFFFD');
  expect(Array.from(toKeyword('😀'.repeat(300)) ?? '')).toHaveLength(255);
  expect(toKeyword('')).toBeUndefined();
});

it('priority and tenant order the queues; a fairness key fits its 64 bytes without half a character', () => {
  expect(optionsFor({}).priority).toBeUndefined();
  expect(optionsFor({ priority: 1, tenant: 'acme' }).priority).toEqual({ priorityKey: 1, fairnessKey: 'acme' });
  expect(optionsFor({ tenant: `${'x'.repeat(62)}€` }).priority).toEqual({ fairnessKey: 'x'.repeat(62) });
  expect(optionsFor({ tenant: '\uD800' }).priority).toEqual({ fairnessKey: '\uFFFD' });
});

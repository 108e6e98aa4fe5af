import { toInputRecord } from '../../../bridge/input-record.ts';
import { toKeyword, toStartOptions, type StartRequest } from '../../../bridge/start-options.ts';
import type { SourceRecord } from '../../../kafka/record-source.ts';
import { aSourceRecord } from '../../support/source-records.ts';

function optionsFor(routing: StartRequest['routing'], overrides: Partial<SourceRecord> = {}) {
  const record = toInputRecord(aSourceRecord({}, overrides));
  return toStartOptions({ workflowId: 'message:t:1', input: { id: '1', record }, routing, contentHash: 'ab' });
}
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

it.each<[string, Partial<SourceRecord>, string | undefined]>([
  ['becomes a blob has a minute for each of its workflow tasks', { value: Buffer.alloc(300_000, 'x') }, '1m'],
  ['becomes a blob only as JSON, too', { value: Buffer.alloc(50_000, '\u0001') }, '1m'],
  ['becomes a blob with its key', { key: Buffer.alloc(250_000, 'k'), value: Buffer.alloc(20_000, 'x') }, '1m'],
  [
    'becomes a blob with its headers',
    { headers: [['h', Buffer.alloc(30_000)]], value: Buffer.alloc(20_000, '\u0001') },
    '1m',
  ],
  [
    'stays in Temporal is noticed as lost after Temporal’s ten seconds',
    { value: Buffer.alloc(200_000, 'x') },
    undefined,
  ],
])('a message that %s', (_, record, timeout) => {
  expect(optionsFor({}, record).workflowTaskTimeout).toBe(timeout);
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

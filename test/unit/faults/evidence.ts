import type { ReadRecord } from '../../../dev/stack/followed-topic.ts';
import type { StandInCall } from '../../../dev/standin/client.ts';
import type { Evidence, SentRecord } from '../../../faults/checker/evidence.ts';
import { contentOf } from '../../../faults/checker/records.ts';

/** Builders: a case in which every promise was kept, and what a test makes of it. */

/** Where `keptPromises` sends them. */
const OFFSETS: Readonly<Record<string, string>> = { a: '0', b: '1' };

export function aResult(id: string, overrides: Partial<ReadRecord> = {}): ReadRecord {
  const headers = { 'message-id': Buffer.from(id), 'run-id': Buffer.from(`run of ${id}`) };
  const value = Buffer.from(JSON.stringify(aValue(id)));
  return { partition: 0, offset: '0', timestamp: '2000', key: Buffer.from(id), value, headers, ...overrides };
}

export function aValue(id: string) {
  const source = { topic: 'in', partition: 0, offset: OFFSETS[id] ?? '9' };
  return { id, output: { summary: `${id}: a text` }, source };
}

export function aDeadLetter(offset: string, type: string, overrides: Partial<ReadRecord> = {}): ReadRecord {
  const headers = {
    'dead-letter-original-partition': Buffer.from('0'),
    'dead-letter-original-offset': Buffer.from(offset),
    'dead-letter-failure-type': Buffer.from(type),
  };
  return { partition: 0, offset: '0', timestamp: '1500', key: null, value: null, headers, ...overrides };
}

export function aCall(id: string, overrides: Partial<StandInCall> = {}): StandInCall {
  return {
    ...{ sequence: 1, startedAt: 1_600, endedAt: 1_700, status: 200, aborted: false, fault: null },
    ...{ promptHash: `hash of ${id}`, requestId: null, batch: false, askedTokens: 1, chargedTokens: 1 },
    ...{ inputTokens: 1, cachedTokens: 0, outputTokens: 1, prompt: `Summarise.\n<text>\n${id}: a text` },
    ...overrides,
  };
}

export function sent(offset: string, id: string | undefined, expect: SentRecord['expect']): SentRecord {
  const content = contentOf({ key: null, value: null });
  return { source: { topic: 'in', partition: 0, offset }, id, key: null, expect, content };
}

/** Two messages with a result each, and one that was refused. */
export function keptPromises(): Evidence {
  return {
    sent: [
      sent('0', 'a', { result: 'a' }),
      sent('1', 'b', { result: 'b' }),
      sent('2', undefined, { deadLetter: 'Message.Unreadable' }),
    ],
    copies: new Map(),
    results: [aResult('a'), aResult('b')],
    deadLetters: [aDeadLetter('2', 'Message.Unreadable')],
    runs: ['a', 'b'].map((id) => ({ workflowId: `message:in:${id}`, status: 'COMPLETED', startedAt: 1_000 })),
    calls: [aCall('a'), aCall('b')],
    windows: [],
    commits: [{ at: 2_000, offsets: new Map([[0, 3n]]) }],
    partitions: [{ partition: 0, end: '3', committed: '3' }],
    processes: [{ name: 'bridge-1', expected: 0, actual: 0 }],
    pausedBridges: [],
    secretIn: [],
  };
}

import type { AcceptedAnswer, ProcessMessageInput } from '../../contracts/pipeline.ts';
import type { InputRecord } from '../../contracts/record.ts';

/** Builders: a valid thing with what a test cares about overridden. */

export function aRecord(value: unknown, overrides: Partial<InputRecord> = {}): InputRecord {
  return {
    source: { topic: 'llm.requests', partition: 0, offset: '7' },
    timestamp: '1700000000000',
    key: { utf8: 'customer-1' },
    headers: [['traceparent', { utf8: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }]],
    value: { utf8: typeof value === 'string' ? value : JSON.stringify(value) },
    ...overrides,
  };
}

export function aSummarizeMessage(overrides: Record<string, unknown> = {}) {
  return { id: 'm-1', type: 'summarize', payload: { text: 'A long text about a short thing.' }, ...overrides };
}

export function aProcessMessageInput(overrides: Partial<ProcessMessageInput> = {}): ProcessMessageInput {
  return { id: 'm-1', record: aRecord(aSummarizeMessage()), ...overrides };
}

/** What `complete` returns for an answer that holds. */
export const anAcceptedAnswer: AcceptedAnswer = {
  kind: 'output',
  output: { summary: 'short' },
  model: 'm',
  provider: 'p',
  usage: { inputTokens: 10, outputTokens: 3 },
  attempts: 1,
};

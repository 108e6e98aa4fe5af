/** What the recorded histories have to cover: each way through the workflow that a change of its code could break. */
export interface HistoryCase {
  readonly name: string;
  readonly message: Readonly<Record<string, unknown>>;
  /** How the run has to end for the history to be worth keeping. */
  readonly ends: 'COMPLETED' | 'FAILED' | 'CANCELLED';
}

const summarize = (id: string, text: string) => ({ id, type: 'summarize', payload: { text } });

/** The type whose messages go through the provider's batches while histories are recorded. */
export const BATCH_TYPE = 'chat';
const batched = (id: string, content: string) => ({
  id,
  type: BATCH_TYPE,
  payload: { messages: [{ role: 'user', content }] },
});

/** Whose budget is used up while histories are recorded. */
export const PARKED_TENANT = 'poor';

export const HISTORY_CASES: readonly HistoryCase[] = [
  {
    name: 'completed',
    ends: 'COMPLETED',
    // It uses up the budget for the case below.
    message: { ...summarize('completed', 'A text to be summarized, of two lines or so.'), tenant: PARKED_TENANT },
  },
  {
    name: 'without-a-model',
    ends: 'COMPLETED',
    message: {
      id: 'without-a-model',
      type: 'template',
      payload: { template: 'Hello {{name}}', values: { name: 'Ada' } },
      metadata: { team: 'a' },
    },
  },
  {
    name: 'asked-again',
    ends: 'COMPLETED',
    message: {
      id: 'asked-again',
      type: 'classify',
      payload: { text: 'Spam or ham? [stand-in: invalid-json times=1]', labels: ['spam', 'ham'] },
    },
  },
  { name: 'retried', ends: 'COMPLETED', message: summarize('retried', 'A text. [stand-in: 500]') },
  { name: 'too-long', ends: 'COMPLETED', message: summarize('too-long', 'A text. [stand-in: context_length times=1]') },
  { name: 'invalid', ends: 'FAILED', message: { id: 'invalid', type: 'summarize', payload: {} } },
  { name: 'refused', ends: 'FAILED', message: summarize('refused', 'A text. [stand-in: refusal]') },
  { name: 'batched', ends: 'COMPLETED', message: batched('batched', 'A question that can wait.') },
  { name: 'batched-twice', ends: 'COMPLETED', message: batched('batched-twice', 'A question. [stand-in: 503]') },
  { name: 'cancelled', ends: 'CANCELLED', message: summarize('cancelled', 'A text. [stand-in: hang]') },
];

/** Sent when the budget of its tenant is used up, and resumed. */
export const PARKED_CASE: HistoryCase = {
  name: 'parked',
  ends: 'COMPLETED',
  message: { ...summarize('parked', 'A text that has to wait.'), tenant: PARKED_TENANT },
};

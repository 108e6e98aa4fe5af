import { getEventListeners } from 'node:events';
import { withDeadline } from '../../../providers/call-deadline.ts';

it.each<[string, () => Promise<string>]>([
  ['answered', () => Promise.resolve('text')],
  ['failed', () => Promise.reject(new Error('refused'))],
])('a call that %s leaves neither a timer nor a listener behind', async (_, run) => {
  jest.useFakeTimers();
  try {
    const { signal } = new AbortController();
    await withDeadline({ signal, timeoutMs: 1_000 }, run).catch(() => 'failed');
    expect(jest.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  } finally {
    jest.useRealTimers();
  }
});

import type { Rhythm } from './rhythm.ts';

/**
 * An even rate: how long a message takes when nothing queues. The schedule is fixed in advance: after a slow send
 * everything that has become due goes out together, because a load that waits for the system under test hides its stalls.
 */
export const steady: Rhythm = {
  about: 'an even rate: latency',
  takes: ['rate', 'seconds', 'separate'],
  messageCount: ({ rate, seconds }) => Math.max(1, Math.round(rate * seconds)),
  async feed({ options: { rate }, messages, send, clock }) {
    const everyMs = 1_000 / rate;
    const startedAt = clock.now();
    for (let next = 0; next < messages.length;) {
      const elapsed = clock.now() - startedAt;
      const due = Math.min(messages.length, Math.floor(elapsed / everyMs) + 1);
      if (due > next) await send(messages.slice(next, due));
      else await clock.sleep(next * everyMs - elapsed);
      next = due;
    }
  },
};

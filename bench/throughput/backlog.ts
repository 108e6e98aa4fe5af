import type { Rhythm } from './rhythm.ts';

/** Below the broker's limit of 1 MiB for one partition's part of a request, even if all of it went to one partition. */
const MESSAGES_A_REQUEST = 500;

/**
 * Everything at once: what the pipeline can do when it never waits for input. The records come as one burst into a warm
 * pipeline, a fraction of a second for thousands, rather than before it starts: the CPU of starting up (loading modules,
 * compiling hot code) would otherwise be charged to the messages.
 */
export const backlog: Rhythm = {
  about: 'all messages at once: throughput and CPU',
  takes: ['messages', 'separate'],
  messageCount: ({ messages }) => messages,
  async feed({ messages, send }) {
    for (let next = 0; next < messages.length; next += MESSAGES_A_REQUEST) {
      await send(messages.slice(next, next + MESSAGES_A_REQUEST));
    }
  },
};

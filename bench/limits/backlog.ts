import { systemClock } from '../clock.ts';
import type { CleanUp } from '../clean-up.ts';
import { connectSender, createSendLog, type SendLog } from '../sender.ts';
import type { Servers } from '../servers.ts';
import { keepBacklog } from './backlog-keeper.ts';
import { createMix } from './mix.ts';
import type { LimitsOptions } from './options.ts';
import type { ResultLog } from './result-log.ts';

export interface Backlog {
  readonly sent: SendLog;
  /** Rejects when the broker does not take it any more; never resolves. */
  readonly failure: Promise<never>;
  /** Nothing is sent afterwards. */
  stop(): Promise<void>;
}

/** Messages waiting, in seconds of the request limit: long enough that no pause of the sender is felt. */
const BACKLOG_SECONDS = 30;

/** Feeds the input topic until it is stopped. */
export async function startBacklog(
  { kafka, config }: Servers,
  { options, outcomes, cleanUp }: { options: LimitsOptions; outcomes: ResultLog; cleanUp: CleanUp },
): Promise<Backlog> {
  const sender = await connectSender({ kafka, topic: config.kafka.inputTopics[0] ?? '' }, cleanUp);
  const sent = createSendLog();
  const end = new AbortController();
  const feed = keepBacklog({
    mix: createMix(options.mix),
    size: Math.ceil((options.requestsPerMinute / 60) * BACKLOG_SECONDS),
    ended: () => outcomes.ended(),
    send: (messages) => sender(messages, sent),
    clock: systemClock,
    signal: end.signal,
  });
  const stop = () => {
    end.abort();
    return feed;
  };
  // Before its sender is closed.
  cleanUp.add(() => stop().catch(() => undefined));
  return { sent, failure: feed.then(() => new Promise<never>(() => undefined)), stop };
}

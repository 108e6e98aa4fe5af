import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { explainConnectFailure } from './connect-failure.ts';
import { createConsumerSession, type ConsumerSession } from './consumer-session.ts';
import type { OffsetOutOfRange, RecordHandlers, RecordSource } from './record-source.ts';

/** Longer than any rebalance; shorter outages are waited for inside the process. */
const GIVE_UP_AFTER_MS = 300_000;
/** A batch may hold the fetches up for half a rebalance timeout. */
const FETCH_EXPECTED_WITHIN_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;
const MAX_REOPEN_DELAY_MS = 30_000;

export interface KafkaRecordSourceDeps {
  readonly kafka: Pick<Kafka, 'consumer'>;
  readonly groupId: string;
  /** All members of a group have to subscribe to the same topics: the leader assigns only its own. */
  readonly topics: readonly string[];
  readonly logger: Logger;
  /** Called with the partitions after every join. */
  readonly onAssignment?: (assignment: Readonly<Record<string, readonly number[]>>) => void;
  /** Called before a consumer is opened in place of one that the library gave up on. */
  readonly onReopen?: () => void;
  /** Called when records were gone before they were read. */
  readonly onOffsetReset?: (reset: OffsetOutOfRange) => void;
  readonly timing?: { readonly giveUpAfterMs?: number; readonly firstReopenDelayMs?: number };
}

/**
 * A member of a consumer group that outlives its consumers. kafkajs gives a consumer up for many reasons, a broker's restart
 * among them; then another one is opened, after a growing delay, until minutes have passed without a single fetch.
 */
export class KafkaRecordSource implements RecordSource {
  readonly failed: Promise<never>;
  readonly #deps: KafkaRecordSourceDeps;
  readonly #stopping = new AbortController();
  #fail: (error: Error) => void = () => undefined;
  #session: ConsumerSession | undefined;
  #joined = false;
  #partitions = 0;
  #paused = false;
  #lastFetchAt = Date.now();

  constructor(deps: KafkaRecordSourceDeps) {
    this.#deps = deps;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Whoever does not look at it must not be ended by it.
    this.failed.catch(() => undefined);
  }

  async start(handlers: RecordHandlers): Promise<void> {
    this.#lastFetchAt = Date.now();
    const session = this.#createSession(handlers);
    this.#session = session;
    try {
      await session.open();
    } catch (cause) {
      throw new DependencyUnavailableError(explainConnectFailure(cause), { cause });
    }
    this.#watch();
    this.#supervise(session, handlers).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
  }

  pause(): void {
    this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    if (this.#joined) this.#session?.setPaused(paused);
  }

  status() {
    const silentMs = Date.now() - this.#lastFetchAt;
    let notReadyBecause: string | undefined;
    if (!this.#joined) notReadyBecause = `not joined to the consumer group ${this.#deps.groupId}`;
    else if (silentMs > FETCH_EXPECTED_WITHIN_MS) {
      notReadyBecause = `nothing fetched from Kafka for ${String(Math.round(silentMs / 1_000))} s`;
    }
    return { notReadyBecause, partitions: this.#partitions, paused: this.#paused };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    // Disconnecting can hang, for example while the group rebalances. The group then notices by its session timeout.
    await Promise.race([this.#session?.close(), delay(STOP_TIMEOUT_MS, undefined, { ref: false })]).catch(
      (error: unknown) => {
        this.#deps.logger.warn({ err: error }, 'the consumer did not disconnect');
      },
    );
    this.#joined = false;
  }

  #createSession(handlers: RecordHandlers): ConsumerSession {
    const { kafka, groupId, topics, logger, onAssignment } = this.#deps;
    return createConsumerSession({
      ...{ kafka, groupId, topics, logger, handlers },
      onJoin: (assignment) => {
        this.#joined = true;
        this.#partitions = Object.values(assignment).reduce((sum, partitions) => sum + partitions.length, 0);
        onAssignment?.(assignment);
      },
      shouldPause: () => this.#paused,
      onRebalance: () => {
        this.#joined = false;
      },
      onFetch: () => {
        this.#lastFetchAt = Date.now();
      },
      onOffsetOutOfRange: (found) => {
        this.#outOfRange(found);
      },
    });
  }

  #outOfRange(found: OffsetOutOfRange): void {
    const { topic, partition, position, logStart, logEnd } = found;
    const { logger, onOffsetReset } = this.#deps;
    if (BigInt(position) < BigInt(logStart)) {
      logger.error(found, 'records were deleted before they were read: going on at the beginning of the log');
      onOffsetReset?.(found);
    } else if (BigInt(position) > BigInt(logEnd)) {
      const what = `The group's position ${position} in ${topic}/${String(partition)} is behind the log's end ${logEnd}`;
      this.#fail(new Error(`${what}: the topic was created again or has lost records; set the group's offset by hand`));
    }
  }

  async #supervise(first: ConsumerSession, handlers: RecordHandlers): Promise<never> {
    const { logger, onReopen, timing } = this.#deps;
    const { signal } = this.#stopping;
    const firstDelayMs = timing?.firstReopenDelayMs ?? 1_000;
    let session: ConsumerSession | undefined = first;
    for (let failures = 0; ; failures += 1) {
      const openedAt = Date.now();
      if (session !== undefined) {
        const error = await session.crashed;
        signal.throwIfAborted();
        logger.error({ err: error }, 'the Kafka client gave up; opening another consumer');
        if (this.#lastFetchAt > openedAt + FETCH_EXPECTED_WITHIN_MS) failures = 0;
      }
      const backoffMs = Math.min(firstDelayMs * 2 ** failures, MAX_REOPEN_DELAY_MS);
      await delay(backoffMs * (0.5 + Math.random()), undefined, { signal });
      onReopen?.();
      session = await this.#reopen(handlers);
      signal.throwIfAborted();
    }
  }

  async #reopen(handlers: RecordHandlers): Promise<ConsumerSession | undefined> {
    const session = this.#createSession(handlers);
    // Before it is open, so that a stop reaches it.
    this.#session = session;
    try {
      await session.open();
      return session;
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'no consumer could be opened');
      return undefined;
    }
  }

  #watch(): void {
    const giveUpAfterMs = this.#deps.timing?.giveUpAfterMs ?? GIVE_UP_AFTER_MS;
    const timer = setInterval(() => {
      if (this.#stopping.signal.aborted) clearInterval(timer);
      else if (Date.now() - this.#lastFetchAt > giveUpAfterMs) {
        clearInterval(timer);
        this.#fail(new Error(`Nothing could be fetched from Kafka for ${String(Math.round(giveUpAfterMs / 1_000))} s`));
      }
    }, giveUpAfterMs / 20);
    timer.unref();
  }
}

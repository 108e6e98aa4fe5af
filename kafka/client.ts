import kafkajs, { type Kafka, type LogEntry, type SASLOptions } from 'kafkajs';
import type { KafkaConfig } from '../config/load.ts';
import type { Logger } from '../telemetry/logger.ts';
import { installCodecs } from './codecs/install-codecs.ts';

/** For those that pass it on without using it. */
export type { Kafka } from 'kafkajs';

/** Under the publisher's 10 s for an attempt, so that a stuck request shows as one and not as the attempt's timeout. */
const REQUEST_TIMEOUT_MS = 8_000;

/**
 * The Kafka client library, configured. Nothing is connected yet.
 * @param clientId how brokers name this process in their logs and quotas.
 */
export function createKafka(config: KafkaConfig, logger: Logger, clientId: string): Kafka {
  const { Kafka: KafkaClient, logLevel } = kafkajs;
  installCodecs();
  return new KafkaClient({
    clientId,
    brokers: [...config.brokers],
    ssl: config.ssl,
    ...(config.sasl === undefined ? {} : { sasl: config.sasl as SASLOptions }),
    connectionTimeout: 3_000,
    authenticationTimeout: 8_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Spelt out, because the library's defaults differ when NODE_ENV is "test". About 6 s in all.
    retry: { initialRetryTime: 200, multiplier: 2, factor: 0.2, maxRetryTime: 3_000, retries: 4 },
    logLevel: logger.isLevelEnabled('debug') ? logLevel.INFO : logLevel.WARN,
    logCreator: () => (entry) => {
      log(logger, entry, logLevel);
    },
  });
}

/**
 * The library says "error" for every attempt that fails, also for those it repeats itself: none of them is more than a
 * warning here. What finally fails is thrown, and logged by whoever catches it.
 */
function log(logger: Logger, { level, namespace, log: content }: LogEntry, levels: typeof kafkajs.logLevel): void {
  const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } = content;
  const target = level <= levels.WARN ? 'warn' : level <= levels.INFO ? 'debug' : 'trace';
  logger[target]({ kafkajs: { namespace, ...fields } }, message);
}

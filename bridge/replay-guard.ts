import type { Config } from '../config/load.ts';
import type { Kafka } from '../kafka/client.ts';
import { moveToBeginning, readGroupPositions } from '../kafka/group-positions.ts';
import { readTopicRetention } from '../kafka/topic-retention.ts';
import { ConfigurationError } from '../lifecycle/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { findReplayProblems, isBehindTheEnd } from './replay-problems.ts';
import { describeShortRetention } from './short-retention.ts';

/** A topic may have hundreds of partitions, and all of them the same problem. */
const NAMED_PARTITIONS = 10;

export interface ReplayGuardDeps {
  readonly kafka: Kafka;
  readonly namespace: string;
  /** The namespace's, in milliseconds. */
  readonly retentionMs: number;
  readonly config: Pick<Config, 'kafka' | 'allowReplayUntil'>;
  readonly logger: Logger;
}

/**
 * Looks, before the first record is read, at where the group stands. That a message is worked on once is known only for as long
 * as Temporal retains its run: what lies beyond is not read without an operator's word, and neither is what lies behind a gap.
 * @throws {ConfigurationError} naming the partitions, and how to go on.
 */
export async function guardAgainstReplay(deps: ReplayGuardDeps): Promise<void> {
  const { kafka, namespace, retentionMs, config, logger } = deps;
  const { groupId, inputTopics: topics } = config.kafka;
  await warnOfShortRetention({ kafka, namespace, topics, retentionMs, logger });

  const now = Date.now();
  const positions = await readGroupPositions(kafka, { groupId, topics, since: now - retentionMs });
  const problems = findReplayProblems(positions, { groupId, retentionMs });
  if (problems.length === 0) return;
  if (config.allowReplayUntil !== undefined && now < config.allowReplayUntil) {
    logger.warn({ problems }, 'reading on all the same, as allowed by --allow-replay or ALLOW_REPLAY_UNTIL');
    // The source does not go on from there by itself: behind the end it cannot tell what is the right place.
    const behindTheEnd = positions.partitions.filter(isBehindTheEnd);
    if (behindTheEnd.length > 0) await moveToBeginning(kafka, groupId, behindTheEnd);
    return;
  }
  throw new ConfigurationError(refusal(problems));
}

function refusal(problems: readonly string[]): string {
  const unnamed = problems.length - NAMED_PARTITIONS;
  return [
    'The bridge does not read on, because messages would be lost or worked on again:',
    ...problems.slice(0, NAMED_PARTITIONS).map((problem) => `  ${problem}`),
    ...(unnamed > 0 ? [`  and ${String(unnamed)} more partitions`] : []),
    'If that is what you want, start once with --allow-replay, or with ALLOW_REPLAY_UNTIL set to a time soon after now.',
  ].join('\n');
}

/** Only a warning: the topic's age alone repeats nothing, and the dev server's namespace keeps a day. */
async function warnOfShortRetention(options: {
  kafka: Kafka;
  namespace: string;
  topics: readonly string[];
  retentionMs: number;
  logger: Logger;
}): Promise<void> {
  const { kafka, namespace, topics, retentionMs, logger } = options;
  try {
    const kept = await readTopicRetention(kafka, topics);
    const warning = describeShortRetention({ namespace, retentionMs, topics: kept });
    if (warning !== undefined) logger.warn(warning);
  } catch (error) {
    logger.info({ err: error }, 'how long the input topics keep records could not be read');
  }
}

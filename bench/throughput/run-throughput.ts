import { withProgress } from '../../dev/progress.ts';
import { createUsageReader } from '../measure-cpu.ts';
import type { RunContext } from '../modes/mode.ts';
import type { BenchOptions } from '../options.ts';
import { startOutcomeReader } from '../outcome-reader.ts';
import { connectSender } from '../sender.ts';
import { startServers } from '../servers.ts';
import { backlog } from './backlog.ts';
import { meanHistoryEvents } from './history-events.ts';
import { newLoad, runLoad } from './load.ts';
import { startPipeline } from './pipeline.ts';
import { toReport, type BenchReport } from './report.ts';
import type { Rhythm } from './rhythm.ts';

export interface ThroughputRun {
  readonly report: BenchReport;
  readonly deadLetters: number;
  /** As the pipeline was configured. */
  readonly llmConcurrency: number;
}

/** Not counted: they load modules, open connections and let the engine compile what is hot. */
const WARM_UP_MESSAGES = 100;

/**
 * One run: servers, pipeline, warm-up, the measured load, and the reckoning. CPU counts from before the first measured
 * record to when the last outcome is seen; what the last workflows still do after their results stays out, and what
 * those of the warm-up still do comes in.
 */
export async function runThroughput(
  rhythm: Rhythm,
  options: BenchOptions,
  { cleanUp, onProgress }: RunContext,
): Promise<ThroughputRun> {
  const readUsage = createUsageReader();
  const warmUp = newLoad('warm-up', WARM_UP_MESSAGES);
  const measured = newLoad('message', rhythm.messageCount(options));

  const servers = await startServers(options, { cleanUp, onProgress });
  const { kafka, config, standIn, temporalPid } = servers;
  const pipeline = await withProgress('Pipeline: starting', onProgress, () =>
    startPipeline(servers, { separate: options.separate, cleanUp }),
  );
  const reader = await startOutcomeReader(servers, { outcomes: [warmUp.outcomes, measured.outcomes], cleanUp });
  const sender = await connectSender({ kafka, topic: config.kafka.inputTopics[0] ?? '' }, cleanUp);

  await runLoad(warmUp, { rhythm: backlog, label: 'Warm-up', options, sender, onProgress });
  if (warmUp.outcomes.tally().resultAt.size < WARM_UP_MESSAGES) {
    throw new Error(`The warm-up did not come through, so there are no figures; logs: ${servers.dataDir}`);
  }
  await standIn.reset();
  const usage = () => ({
    pipeline: readUsage(pipeline.pids),
    server: temporalPid === undefined ? undefined : readUsage([temporalPid]),
  });
  const before = usage();
  await runLoad(measured, { rhythm, label: 'Measuring', options, sender, onProgress });
  const after = usage();

  const historyEvents = await meanHistoryEvents(config, [...measured.outcomes.tally().resultAt.keys()]);
  await withProgress('Pipeline: draining', onProgress, () => pipeline.stop());
  await reader.readToEnd();
  const tally = measured.outcomes.tally();
  const report = toReport({
    mode: options.mode,
    messages: measured.messages.length,
    sent: measured.sent,
    tally,
    llmCalls: (await standIn.stats()).total,
    usage: { before, after },
    historyEvents,
  });
  return {
    report,
    deadLetters: tally.deadLetters,
    llmConcurrency: config.providers.inOrder.reduce((sum, { maxConcurrency }) => sum + maxConcurrency, 0),
  };
}

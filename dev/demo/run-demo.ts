import { join } from 'node:path';
import { withProgress, type OnProgress } from '../progress.ts';
import { findProjectRoot } from '../stack/project-root.ts';
import { endOf } from '../stack/server.ts';
import { startStack, type Stack } from '../stack/start-stack.ts';
import { StackError } from '../stack/tools.ts';
import type { DemoInput } from './demo-input.ts';
import { follow } from './follow.ts';
import { fetchMailCorpus, readMails, toMailInputs } from './mail-corpus.ts';
import { createMessageTable } from './message-table.ts';
import type { DemoOptions } from './options.ts';
import { startPipelineUnderWatch, type PipelineUnderWatch } from './pipeline-under-watch.ts';
import { createProgressBar } from './progress-bar.ts';
import { accuracyLine, deadLetterLines, resultLines, summaryLines, tokenLine, wrongLines } from './report.ts';
import { loadSamples, toInputs } from './samples.ts';
import type { Screen } from './screen.ts';

/** Slow enough to be watched; a real model is slower. */
const STAND_IN_LATENCY_MS = 400;
/** More messages than this are counted instead of listed. */
const MAX_LISTED = 40;
/** Lines on the screen beside the table. */
const MARGIN_ROWS = 6;

export interface DemoRun {
  /** Whether every input ended as expected. */
  readonly accountedFor: boolean;
  /** For people to look around in; absent where Temporal was given from outside. */
  readonly uiUrl: string | undefined;
  stop(): Promise<void>;
}

/**
 * The whole demo up to its report. What it started keeps running until `stop`.
 * @throws when something could not start, the pipeline ended, or `signal` aborted; everything is stopped then.
 */
export async function runDemo(options: DemoOptions, screen: Screen, signal: AbortSignal): Promise<DemoRun> {
  const onProgress: OnProgress = (line) => {
    screen.print(`  ${line}`);
  };
  const data = options.corpus === 'mail' ? await fetchMailCorpus(onProgress) : undefined;
  screen.print('Starting Kafka, Temporal and the LLM endpoint …');
  const stack = await startStack({ onProgress });
  const ended = new AbortController();
  let pipeline: PipelineUnderWatch | undefined;
  const stop = () =>
    withProgress('Stopping', onProgress, async () => {
      await pipeline?.stop();
      await stack.stop();
    });
  try {
    const inputs = await inputsFor(options, { standIn: stack.llm.standIn !== undefined, data });
    if (options.corpus === undefined) await stack.llm.standIn?.configure({ latencyMs: STAND_IN_LATENCY_MS });
    screen.print('Starting the pipeline: bridge and workers in one process …');
    const onExit = (message: string) => {
      ended.abort(new StackError(message));
    };
    pipeline = await startPipelineUnderWatch(stack, { onProgress, onExit });
    for (const line of addressLines(stack, pipeline)) screen.print(line);
    const accountedFor = await sendAndReport(inputs, {
      pipeline,
      screen,
      signal: AbortSignal.any([signal, ended.signal]),
    });
    if (stack.temporal.uiUrl !== undefined) {
      screen.print(`Every message as a workflow: ${workflowsUrl(stack.temporal.uiUrl, stack.temporal.namespace)}`);
    }
    return { accountedFor, uiUrl: stack.temporal.uiUrl, stop };
  } catch (error) {
    if (!signal.aborted && pipeline !== undefined) screen.print(`The pipeline's log ends:\n${endOf(pipeline.logFile)}`);
    await stop();
    throw error;
  }
}

async function inputsFor(
  { messages }: DemoOptions,
  { standIn, data }: { standIn: boolean; data: string | undefined },
): Promise<DemoInput[]> {
  // Servers from outside remember the ids of earlier runs, and would take this one for a repeat.
  const keepsData = (process.env['KAFKA_BROKERS'] ?? process.env['TEMPORAL_ADDRESS'] ?? '') !== '';
  const run = { standIn, ...(keepsData && { runSuffix: `-${Date.now().toString(36)}` }) };
  if (data !== undefined) return toMailInputs(await readMails(data, messages), run);
  const samples = await loadSamples(join(findProjectRoot(), 'dev', 'samples', 'messages.yaml'));
  return toInputs(samples, { ...run, count: messages });
}

function addressLines({ kafka, temporal, llm }: Stack, { logFile }: PipelineUnderWatch): string[] {
  const provider = llm.standIn === undefined ? llm.address : `stand-in at ${llm.address} (made-up answers, no model)`;
  return [
    `  Kafka     ${kafka.brokers.join(',')}`,
    `  Temporal  ${temporal.address}${temporal.uiUrl === undefined ? '' : `, Web UI ${temporal.uiUrl}`}`,
    `  LLM       ${provider}`,
    `  log       ${logFile}`,
    '',
  ];
}

const workflowsUrl = (uiUrl: string, namespace: string) => `${uiUrl}/namespaces/${namespace}/workflows`;

async function sendAndReport(
  inputs: readonly DemoInput[],
  context: { pipeline: PipelineUnderWatch; screen: Screen; signal: AbortSignal },
): Promise<boolean> {
  const { pipeline, screen, signal } = context;
  const listed = inputs.length <= MAX_LISTED && inputs.length + MARGIN_ROWS <= screen.rows;
  const view = listed ? createMessageTable(screen) : createProgressBar(screen);
  const { elapsedMs, complete } = await follow(inputs, { ...pipeline, view, perMessage: listed, signal });
  screen.keep();
  screen.print();
  const accounts = pipeline.accounts.all();
  const width = screen.columns - 1;
  if (listed) {
    for (const line of resultLines(accounts, width)) screen.print(line);
    screen.print();
    for (const line of deadLetterLines(accounts, width)) screen.print(line);
    screen.print(`\n${tokenLine(accounts)}`);
  } else {
    for (const line of summaryLines(accounts, elapsedMs)) screen.print(line);
    if (inputs.some(({ type, tenant }) => type === 'classify' && /ham|spam/.test(tenant)))
      screen.print(accuracyLine(accounts));
  }
  const wrong = pipeline.accounts.wrong();
  const unsent = inputs.length - accounts.length;
  if (!complete) screen.print('Nothing moved for a long time: gave up.');
  if (unsent > 0) screen.print(`${String(unsent)} messages could not be sent.`);
  for (const line of wrongLines(wrong)) screen.print(line);
  screen.print(
    `${String(inputs.length - wrong.length - unsent)} of ${String(inputs.length)} messages ended as expected.`,
  );
  return wrong.length === 0 && unsent === 0;
}

import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Admin } from 'kafkajs';
import { loadConfig } from '../../config/load.ts';
import { createKafka } from '../../kafka/client.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { connectTemporal } from '../../temporal/client.ts';
import { withProgress, type OnProgress } from '../progress.ts';
import { startPipelineProcess } from '../stack/pipeline-process.ts';
import { findProjectRoot } from '../stack/project-root.ts';
import type { Stack } from '../stack/start-stack.ts';
import { createAccounts, type Accounts } from './accounts.ts';
import { createInputSender, type InputSender } from './send-inputs.ts';
import { watchOutcomes, type OnOutcome } from './watch-outcomes.ts';

/** The standalone process, and everything that looks at it from outside. */
export interface PipelineUnderWatch {
  readonly accounts: Accounts;
  readonly sender: InputSender;
  readonly client: Client;
  readonly admin: Admin;
  readonly group: { readonly id: string; readonly topic: string };
  readonly logFile: string;
  /** Drains the process. */
  stop(): Promise<void>;
}

/** @param onExit told when the process ends without having been asked to. */
export async function startPipelineUnderWatch(
  stack: Stack,
  options: { onProgress: OnProgress; onExit: (message: string) => void },
): Promise<PipelineUnderWatch> {
  const env = { ...stack.env, EXAMPLES_SOURCE: join(findProjectRoot(), 'dev', 'samples', 'examples') };
  const config = loadConfig({ ...process.env, ...env });
  const topic = config.kafka.inputTopics[0] ?? '';
  const accounts = createAccounts(topic);
  const stops: (() => Promise<unknown>)[] = [];
  let stopping = false;
  const stop = async () => {
    stopping = true;
    // Last in, first out: the consumer's group is deleted through the admin connection.
    for (const stopOne of stops.splice(0).reverse()) await stopOne().catch(() => undefined);
  };
  const startProcess = async () => {
    const pipeline = await startPipelineProcess({
      entry: 'main.js',
      env,
      logFile: join(stack.dataDir, 'pipeline.log'),
      onExit: ({ code, signal }) => {
        if (!stopping) options.onExit(`The pipeline ended by itself (${String(code ?? signal)}).`);
      },
    });
    stops.push(() => pipeline.stop());
    await withProgress('Pipeline: starting', options.onProgress, () => pipeline.ready());
    return pipeline;
  };
  const watch = async () => {
    const kafka = createKafka(config.kafka, createLogger('silent'), 'llm-kafka-pipeline-demo');
    const admin = kafka.admin();
    await admin.connect();
    stops.push(() => admin.disconnect());
    const topics = { results: config.kafka.outputTopic, deadLetters: config.kafka.deadLetterTopic };
    const onOutcome: OnOutcome = (position, outcome) => {
      accounts.settle(position, outcome);
    };
    const outcomes = await watchOutcomes({ kafka, admin, topics, onOutcome });
    stops.push(() => outcomes.stop());
    const sender = await createInputSender({ kafka, topic });
    stops.push(() => sender.close());
    const { client, close } = await connectTemporal(config.temporal);
    stops.push(close);
    return { sender, client, admin };
  };
  const started = await Promise.allSettled([startProcess(), watch()]);
  const failed = started.find((part) => part.status === 'rejected');
  const [pipeline, watched] = started;
  if (failed !== undefined || pipeline.status === 'rejected' || watched.status === 'rejected') {
    await stop();
    throw failed?.reason as Error;
  }
  const group = { id: config.kafka.groupId, topic };
  return { accounts, ...watched.value, group, logFile: pipeline.value.logFile, stop };
}

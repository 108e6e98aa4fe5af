import { startStack, type Stack } from '../../dev/stack/start-stack.ts';
import type { TestStack } from './stack.ts';

/** The only thing jest lets a global teardown share with its setup. */
export type SharedWithTeardown = typeof globalThis & { testStack?: Stack };

/** Starts Kafka, Temporal and the stand-in LLM once for the whole run. */
export default async function globalSetup(): Promise<void> {
  const stack = await startStack({
    ui: false,
    standIn: {},
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  (globalThis as SharedWithTeardown).testStack = stack;
  const { env, kafka, temporal, llm, dataDir } = stack;
  const shared: TestStack = {
    env,
    brokers: kafka.brokers,
    temporalAddress: temporal.address,
    namespace: temporal.namespace,
    standInUrl: llm.address,
    ...(kafka.pid !== undefined && { kafkaPid: kafka.pid }),
    ...(temporal.pid !== undefined && { temporalPid: temporal.pid }),
    dataDir,
  };
  process.env['TEST_STACK'] = JSON.stringify(shared);
}

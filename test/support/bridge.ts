import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { connectTemporal } from '../../temporal/client.ts';
import { startBridge } from '../../bridge/start-bridge.ts';
import { loadConfig } from '../../config/load.ts';
import type { Component } from '../../lifecycle/component.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import type { TestTopics } from './kafka.ts';
import { testStack } from './stack.ts';

/** What other tests of the run leave open counts, too. */
export const NO_BACKPRESSURE = { MAX_OPEN_WORKFLOWS: '1000000' } as const;

export interface TestBridge {
  readonly component: Component;
  readonly metrics: Metrics;
}

/** A bridge in this process; to be drained by the test. There are no workers: what it starts stays open. */
export async function startTestBridge(
  topics: TestTopics,
  env: Readonly<Record<string, string>> = {},
): Promise<TestBridge> {
  const config = loadConfig({ ...testStack().env, ...NO_BACKPRESSURE, ...topics.env, ...env });
  const metrics = createMetrics();
  const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  return { component: await startBridge(connectTemporal)({ config, metrics, logger }), metrics };
}

/** To ask Temporal what is there; to be closed by the test. */
export async function connectTestClient(namespace = testStack().namespace): Promise<Client> {
  const { temporalAddress } = testStack();
  return new Client({ connection: await Connection.connect({ address: temporalAddress }), namespace });
}

/** Runs of a topic's messages, open or closed, as visibility has them. Several runs of one workflow are counted each. */
export async function countRuns(client: Client, topic: string): Promise<number> {
  const ids = [`message:${topic}:`, `record:${topic}:`].map((prefix) => `WorkflowId STARTS_WITH '${prefix}'`);
  return (await client.workflow.count(ids.join(' OR '))).count;
}

/** The runs of one topic's messages that are open, by workflow id. */
export async function openWorkflowIds(client: Client, topic: string): Promise<string[]> {
  const ids: string[] = [];
  const query = `WorkflowId STARTS_WITH 'message:${topic}:' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

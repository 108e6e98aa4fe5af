import type { Client } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { loadConfig } from '../../../config/load.ts';
import { SEARCH_ATTRIBUTES } from '../../../contracts/search-attributes.ts';
import { ConfigurationError } from '../../../lifecycle/errors.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import type { TemporalAccess } from '../../../temporal/client.ts';
import { startWorkers } from '../../../workers/start-workers.ts';

const KEYWORD = 2;
const customAttributes = Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map(({ name }) => [name, KEYWORD]));

/** A Temporal that has all the workers look for before they are made, and a connection that cannot be closed. */
function aTemporal(): TemporalAccess {
  const client = {
    options: { namespace: 'default' },
    connection: { operatorService: { listSearchAttributes: async () => ({ customAttributes }) } },
    withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
  };
  return {
    client: client as unknown as Client,
    close: () => Promise.reject(new Error('Cannot close connection while Workers hold a reference to it')),
  } as unknown as TemporalAccess;
}

// It keeps the process of the test alive.
afterAll(() => Runtime.instance().shutdown());

test('a misspelt batch type is told before any worker is made, and is not hidden by what comes of closing', async () => {
  const config = loadConfig({ OPENAI_API_KEY: 'key', WORKER_ROLE: 'llm', LLM_BATCH_TYPES: 'sumarize' });
  const context = { config, logger: pino({ level: 'silent' }), metrics: createMetrics() };
  const starting = startWorkers(() => Promise.resolve(aTemporal()))(context);
  await expect(starting).rejects.toThrow(ConfigurationError);
  await expect(starting).rejects.toThrow('LLM_BATCH_TYPES: no processor for sumarize');
});

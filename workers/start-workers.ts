import { Worker } from '@temporalio/worker';
import { startSweeper } from '../blobs/sweeper.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';
import type { OpenTemporal, TemporalAccess } from '../temporal/client.ts';
import { watchTemporal } from '../temporal/watch-temporal.ts';
import { closeAfterFailure } from '../lifecycle/close-after-failure.ts';
import { createDependencyState } from '../lifecycle/dependency-state.ts';
import type { Component, ProcessContext, StartComponent } from '../lifecycle/component.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { batchProviderOf } from './batch-provider.ts';
import { createBatchWorker } from './batch-worker.ts';
import { keepBudgets } from './day-budgets.ts';
import { createResources } from './resources.ts';
import { openAnswerCache } from './answer-cache.ts';
import { workerOptionsFor, type WorkerParts } from './worker-options.ts';
import type { WorkerRole } from '../contracts/pipeline.ts';

/** The workers of the given roles as one part of a process: one Temporal worker for each role's task queue. */
export const startWorkers =
  (openTemporal: OpenTemporal): StartComponent =>
  async (context): Promise<Component> => {
    installRuntime(context.logger);
    const temporal = await openTemporal(context.config.temporal);
    try {
      return await work(context, temporal);
    } catch (error) {
      // The connection does not let itself be closed while workers that were made, but never ran, hold it.
      await closeAfterFailure(temporal.close, context.logger);
      throw error;
    }
  };

async function work(context: ProcessContext, temporal: TemporalAccess): Promise<Component> {
  const { client, blobs, blobExpiryMs: expiryMs, close } = temporal;
  const roles = context.config.workerRoles;
  await ensureSearchAttributes(client);
  const resources = await createResources({ context, client, roles });
  // What may be wrong with the configuration is told before the first worker, which registers with Temporal.
  const batchProvider = roles.includes('llm') ? batchProviderOf(context.config, resources.registry) : undefined;
  const cache = roles.includes('llm') ? await openAnswerCache(context, resources.registry) : undefined;
  const budgets = roles.includes('llm') ? keepBudgets(context, client) : undefined;
  const workers: Worker[] = [];
  for (const role of roles) {
    workers.push(await createWorker({ role, temporal, context, parts: { ...resources, client, cache, budgets } }));
  }
  const batches =
    batchProvider &&
    (await createBatchWorker({ context, temporal, provider: batchProvider, registry: resources.registry, budgets }));
  if (batches !== undefined) workers.push(batches.worker);
  const sweeper = roles.includes('pipeline')
    ? startSweeper({ store: blobs, expiryMs, logger: context.logger })
    : undefined;
  const runs = workers.map((worker) => worker.run());
  const state = createDependencyState('Temporal', context.logger);
  const unwatch = watchTemporal(client, state);
  let draining = false;
  resources.lanes?.join();
  context.logger.info({ roles, version: context.config.workerVersion }, 'workers polling');
  return {
    name: `workers ${roles.join(',')}`,
    notReadyBecause: () => {
      const idle = workers.filter((worker) => worker.getState() !== 'RUNNING');
      if (idle.length > 0)
        return idle.map((worker) => `worker ${worker.options.taskQueue}: ${worker.getState()}`).join('; ');
      return state.notReadyBecause();
    },
    drain: async () => {
      draining = true;
      unwatch();
      const left = resources.lanes?.leave();
      const swept = sweeper?.close();
      batches?.drain();
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      const ends = await Promise.allSettled(runs);
      // First: what is not told to the account before the drain's time is over is in no budget.
      await budgets?.close();
      await left;
      await swept;
      await cache?.close();
      await resources.close();
      await close();
      // Calls that did not end in their grace time were torn off: another worker repeats them, and the exit code says so.
      const torn = ends.find((end) => end.status === 'rejected');
      if (torn !== undefined) throw torn.reason;
    },
    failed: Promise.race([...runs.map((run) => endsOnlyWhen(() => draining, run)), state.gaveUp]),
  };
}

function createWorker(options: {
  role: WorkerRole;
  temporal: TemporalAccess;
  context: ProcessContext;
  parts: WorkerParts;
}): Promise<Worker> {
  const { role, temporal, context, parts } = options;
  return Worker.create({
    connection: temporal.connection,
    dataConverter: temporal.dataConverter,
    namespace: context.config.temporal.namespace,
    ...workerOptionsFor(role, context, parts),
  });
}

/** A worker's run resolves on a shutdown that was asked for: that is no failure. One that ends by itself leaves its queue to nobody. */
function endsOnlyWhen(isAskedFor: () => boolean, run: Promise<void>): Promise<never> {
  return new Promise((_resolve, reject) => {
    run.then(() => {
      if (!isAskedFor()) reject(new Error('A worker has stopped without having been asked to'));
    }, reject);
  });
}

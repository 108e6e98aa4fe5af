import { join } from 'node:path';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { RecordSource } from '../../contracts/record.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { findProjectRoot } from '../../dev/stack/project-root.ts';
import type { BatchObject } from '../../dev/standin/batch-object.ts';
import type { StandInBehaviour } from '../../dev/standin/client.ts';
import { takeAccount } from './accounting.ts';
import { openPipelineBed, type PipelineBed } from './pipeline-bed.ts';

const BATCH_TYPES = { LLM_BATCH_TYPES: 'summarize,classify' };
const LLM_ENV = {
  LLM_BATCH_WINDOW: '1s',
  LLM_BATCH_MAX_REQUESTS: '40',
  LLM_BATCH_POLL_INTERVAL: '1s',
  PRICES_FILE: join(findProjectRoot(), 'deploy/settings/prices.yaml'),
};

/** A pipeline that sends `summarize` and `classify` in batches, and what its provider says of them. */
export interface BatchBed extends PipelineBed {
  startLlm(env?: Readonly<Record<string, string>>): Promise<PipelineProcess>;
  /** How the provider treats batches from now on; without more they take 200 ms. */
  nextBatches(batch?: StandInBehaviour['batch']): Promise<void>;
  batchesMade(): Promise<readonly BatchObject[]>;
  sendMessage(id: string, message?: { text?: string; type?: string }): Promise<RecordSource>;
  resultMessageOf(id: string): Promise<ResultMessage>;
  /** By the ledger: how often the provider answered each message, and that it was in batches only. */
  answersOf(ids: readonly string[]): Promise<number[]>;
}

/** With everything running but the `llm` workers. */
export async function openBatchBed(prefix: string): Promise<BatchBed> {
  const bed = await openPipelineBed(prefix);
  await bed.start('main.js', { env: { ...BATCH_TYPES, WORKER_ROLE: 'pipeline' } });
  return {
    ...bed,
    startLlm: (env = {}) =>
      bed.start('workers/main.js', { args: ['--role', 'llm'], env: { ...BATCH_TYPES, ...LLM_ENV, ...env } }),
    nextBatches: (batch = {}) => bed.standIn.configure({ batch: { durationMs: 200, ...batch } }),
    batchesMade: async () => (await bed.standIn.batches()).batches,
    sendMessage(id, { text = `${id}: a text to summarise.`, type = 'summarize' } = {}) {
      const payload = type === 'classify' ? { text, labels: ['one', 'other'] } : { text };
      return bed.send({ key: id, value: JSON.stringify({ id, type, payload }) });
    },
    async resultMessageOf(id) {
      return JSON.parse(String((await bed.resultOf(id, { timeoutMs: 120_000 })).value)) as ResultMessage;
    },
    async answersOf(ids) {
      const { calls } = await takeAccount(bed);
      const answers = ids.map((id) => calls.get(id) ?? []);
      expect(answers.flat().filter(({ batch }) => !batch)).toEqual([]);
      return answers.map((ofOne) => ofOne.length);
    },
  };
}

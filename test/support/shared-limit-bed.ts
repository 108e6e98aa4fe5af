import type { RateBudgetState } from '../../contracts/rate-budget.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import type { StandInBehaviour } from '../../dev/standin/client.ts';
import { waitUntil } from '../../dev/wait-until.ts';
import { createOperator } from './operator.ts';
import { openPipelineBed, type PipelineBed } from './pipeline-bed.ts';

/** Configured for all workers together. */
export const REQUESTS_PER_MINUTE = 600;
const LIMITED = { LLM_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE) };

/** A pipeline whose `llm` workers share a limit, and what operators are told of it. */
export interface SharedLimitBed extends PipelineBed {
  startAllButLlm(): Promise<void>;
  startLlmWorker(env?: Readonly<Record<string, string>>): Promise<PipelineProcess>;
  /** As an operator does; resolves with what is printed. */
  ctl(...argv: readonly string[]): Promise<string>;
  limits(): Promise<RateBudgetState | undefined>;
  /** The parts of the limit that workers hold. */
  shares(): Promise<readonly number[]>;
  /** Resolves with the shares when so many workers have equal ones. */
  sharing(workers: number): Promise<readonly number[]>;
  /** Calls so far. */
  total(): Promise<number>;
}

export async function openSharedLimitBed(
  prefix: string,
  { standIn = {}, env = LIMITED }: { standIn?: StandInBehaviour; env?: Readonly<Record<string, string>> } = {},
): Promise<SharedLimitBed> {
  const bed = await openPipelineBed(prefix, { standIn, env });
  const operator = createOperator({ client: bed.client, inputTopics: [] });
  const ctl = async (...argv: readonly string[]) => (await operator(...argv)).results.join('\n');
  const limits = async () => (JSON.parse(await ctl('limits', '--json')) as RateBudgetState[])[0];
  const shares = async () => (await limits())?.holders.map(({ share }) => share) ?? [];
  return {
    ...bed,
    ...{ ctl, limits, shares },
    async startAllButLlm() {
      await bed.start('workers/main.js', { args: ['--role', 'pipeline'] });
      await bed.start('bridge/main.js');
    },
    startLlmWorker: (more = {}) => bed.start('workers/main.js', { args: ['--role', 'llm'], env: more }),
    sharing: (workers) =>
      waitUntil(`${String(workers)} equal shares`, async () => {
        const held = await shares();
        return held.length === workers && Math.max(...held) - Math.min(...held) < 0.001 && held;
      }),
    total: async () => (await bed.standIn.stats()).total,
  };
}

import { availableParallelism } from 'node:os';
import { createUsageReader } from '../measure-cpu.ts';
import type { Mode } from '../modes/mode.ts';
import { startServers, withOwnTopics } from '../servers.ts';
import type { LimitsOptions } from './options.ts';
import { startPipelineContender } from './pipeline-contender.ts';
import { startPlainContender } from './plain-contender.ts';
import { limitsTable } from './report-table.ts';
import { toLimitsReport, type LimitsReport } from './report.ts';
import { runContender, type ContenderRun } from './run-contender.ts';

/** How much of a provider's limits is used, and how often they are hit: the pipeline's workers, then plain consumers. */
export const limits: Mode = {
  about: "the provider's limits, shared by several workers: utilisation and 429s",
  takes: [
    ...(['seconds', 'workers', 'requests-per-minute', 'tokens-per-minute', 'mix'] as const),
    ...(['limits', 'change-at', 'kill-every', 'no-comparison'] as const),
  ],
  async run({ limits: options, llmLatencyMs, llmConcurrency }, context) {
    const servers = await startServers({ llmLatencyMs, llmConcurrency }, context);
    const setting = { options, llmLatencyMs, readUsage: createUsageReader() };
    const pipeline = await runContender(
      {
        ...setting,
        name: 'Pipeline',
        servers: { ...servers, env: { ...servers.env, ...toldLimits(options) } },
        start: startPipelineContender,
      },
      context,
    );
    const comparison = options.comparison
      ? await runContender(
          { ...setting, name: 'Plain consumer', servers: await withOwnTopics(servers), start: startPlainContender },
          context,
        )
      : undefined;
    const report = toLimitsReport(options, { pipeline, comparison });
    const conditions = { llmLatencyMs, cores: availableParallelism(), nodeVersion: process.versions.node };
    return { report, table: limitsTable(report, conditions), problems: problemsOf(report, pipeline) };
  },
};

/** What the pipeline's processes are told. */
const toldLimits = ({ limits, requestsPerMinute, tokensPerMinute }: LimitsOptions): Record<string, string> =>
  limits === 'headers'
    ? {}
    : {
        LLM_REQUESTS_PER_MINUTE: String(requestsPerMinute),
        LLM_TOKENS_PER_MINUTE: String(tokensPerMinute),
      };

/** Of the pipeline: what the comparison does is what is compared. */
function problemsOf({ lost, deadLetters }: LimitsReport, { unexpectedExits }: ContenderRun): string[] {
  return [
    ...(lost > 0 ? [`${String(lost)} messages were answered and lost.`] : []),
    ...(deadLetters > 0 ? [`${String(deadLetters)} messages became dead letters: the figures are worthless.`] : []),
    ...(unexpectedExits > 0
      ? [`${String(unexpectedExits)} processes ended by themselves: the figures are worthless.`]
      : []),
  ];
}

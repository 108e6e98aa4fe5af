import { ApplicationFailure, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ExamplesActivities } from '../activities/index.ts';
import type { RefreshResult } from '../activities/refresh-examples.ts';
import type { WorldFailureType } from '../contracts/failure-types.ts';
import { pinned } from './pinned.ts';

const BAD_SOURCE: WorldFailureType = 'Examples.BadSource';

/** On the workflow's own task queue, whose worker has the source. */
const { refreshExamplesFromSource } = proxyActivities<ExamplesActivities>({
  // 15 s for the source and some seconds for each record.
  startToCloseTimeout: '2m',
  // Beats between records only, so above what loading the source takes.
  heartbeatTimeout: '30s',
  // An outage of the source or the broker fails the run, visibly; the schedule's next one tries again.
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** One refresh of the few-shot examples, started by the schedule. A bad source fails the run and leaves the sets in use. */
export async function refreshExamples(): Promise<RefreshResult> {
  setCurrentDetails('loading and checking the source');
  const result = await refreshExamplesFromSource();
  if (result.kind === 'bad-source') {
    const problems = result.problems.join('\n');
    setCurrentDetails(`the source has problems, the old examples stay in use:\n${problems}`);
    throw ApplicationFailure.nonRetryable(problems, BAD_SOURCE);
  }
  setCurrentDetails(describe(result));
  return result;
}

// Ten minutes at most; the schedule's next run starts with the build that is current then.
pinned(refreshExamples);

function describe({ changed, unchanged, removed }: Extract<RefreshResult, { kind: 'refreshed' }>): string {
  const lines = [
    ...changed.map(({ type, version, examples }) => `${type}: now ${version}, ${String(examples)} examples`),
    ...removed.map((type) => `${type}: removed`),
    ...unchanged.map((type) => `${type}: unchanged`),
  ];
  return lines.join('\n');
}

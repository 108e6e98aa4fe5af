import { reportTable, toReport } from '../../../faults/report.ts';
import type { CaseOutcome } from '../../../faults/run-case.ts';

const outcome: CaseOutcome = {
  ...{ name: 'kill-bridge', seed: 5, seconds: 3, phases: {}, fired: 1, evidence: [], figures: {}, logDir: '/tmp' },
  ...{ messages: 10, lost: 0, altered: 0, duplicates: 2, calls: 11, llmCallsOverFaults: 0, judged: true, problems: [] },
};
const unjudged: CaseOutcome = {
  ...outcome,
  ...{ name: 'power-cut', lost: 10, duplicates: 0, calls: 0, judged: false, problems: ['not judged: no broker'] },
};

it('adds up the figures of all cases, and counts those that could not be judged', () => {
  expect(toReport([outcome, unjudged], [5])).toMatchObject({
    ...{ cases: 2, fired: 2, messages: 20, lost: 10, altered: 0, duplicates: 2, llmCallsOverFaults: 0 },
    ...{ seeds: [5], failed: 1, unjudged: 1 },
  });
});

it('shows no figure that was not measured', () => {
  const rowOf = (name: string) =>
    reportTable(toReport([outcome, unjudged], [5]))
      .split('\n')
      .find((line) => line.includes(name))
      ?.trim()
      .split(/[\s│|]+/)
      .filter((cell) => cell !== '');
  expect(rowOf('kill-bridge')).toEqual(['kill-bridge', '5', '1', '10', '0', '0', '2', '11', '0', '3', 'ok']);
  expect(rowOf('power-cut')).toEqual(['power-cut', '5', '1', '10', '10', '?', '?', '?', '?', '3', 'FAILED']);
});

import type { Account } from './accounts.ts';
import { trueLabel } from './mail-corpus.ts';
import { formatSeconds } from './progress-bar.ts';
import { oneLine, renderTable, thousands } from './table.ts';

/** What the demo says at its end. All take the accounts and give lines. */

const isResult = (account: Account) => account.outcome?.kind === 'result';

export function resultLines(accounts: readonly Account[], width: number): string[] {
  const rows = accounts.flatMap(({ input, outcome }) => {
    if (outcome?.kind !== 'result') return [];
    const { output, usage, attempts, type } = outcome.message;
    const tokens = `${String(usage.inputTokens)}+${String(usage.outputTokens)}`;
    return [[input.name, type, tokens, String(attempts), JSON.stringify(output)]];
  });
  const columns = [
    { title: 'result of', max: 32 },
    { title: 'type', max: 10 },
    { title: 'in+out', max: 12, right: true },
    { title: 'attempts', max: 8, right: true },
    { title: 'output', max: 400 },
  ];
  return renderTable(columns, rows, width);
}

export function deadLetterLines(accounts: readonly Account[], width: number): string[] {
  const rows = accounts.flatMap(({ input, outcome }) =>
    outcome?.kind === 'dead-letter' ? [[input.name, outcome.failureType, oneLine(outcome.failureMessage)]] : [],
  );
  if (rows.length === 0) return ['  no dead letters'];
  const columns = [
    { title: 'dead letter of', max: 32 },
    { title: 'failure type', max: 26 },
    { title: 'reason', max: 500 },
  ];
  return renderTable(columns, rows, width);
}

export function wrongLines(wrong: readonly Account[]): string[] {
  return wrong.slice(0, 20).map(({ input, outcome, contradicted, workflowId }) => {
    const expected =
      input.expect.kind === 'dead-letter' ? `dead letter ${input.expect.failureType}` : input.expect.kind;
    const got = contradicted ? 'two different outcomes' : (describeOutcome(outcome) ?? 'nothing');
    return `  ${input.name}: expected ${expected}, got ${got} (${workflowId})`;
  });
}

function describeOutcome(outcome: Account['outcome']): string | undefined {
  if (outcome?.kind === 'dead-letter') return `dead letter ${outcome.failureType}: ${outcome.failureMessage}`;
  return outcome?.kind;
}

/** Tokens as the results name them: the provider's count, of re-asks too, but not of calls that failed. */
export function tokenLine(accounts: readonly Account[]): string {
  const usages = accounts.flatMap(({ outcome }) => (outcome?.kind === 'result' ? [outcome.message.usage] : []));
  const sum = (pick: (usage: (typeof usages)[number]) => number) =>
    usages.reduce((total, usage) => total + pick(usage), 0);
  const input = sum((usage) => usage.inputTokens);
  const output = sum((usage) => usage.outputTokens);
  return `${thousands(input + output)} tokens (${thousands(input)} in, ${thousands(output)} out)`;
}

/** For many messages: counts instead of lists. */
export function summaryLines(accounts: readonly Account[], elapsedMs: number): string[] {
  const byType = new Map<string, number>();
  for (const { outcome } of accounts) {
    if (outcome?.kind === 'dead-letter') byType.set(outcome.failureType, (byType.get(outcome.failureType) ?? 0) + 1);
  }
  const done = accounts.filter(isResult).length;
  const repeated = accounts.filter(({ published }) => published > 1).length;
  const rate = accounts.length / (elapsedMs / 1_000);
  return [
    `  results        ${thousands(done)}`,
    `  dead letters   ${thousands([...byType.values()].reduce((sum, count) => sum + count, 0))}`,
    ...[...byType].map(([type, count]) => `                   ${thousands(count)}  ${type}`),
    ...(repeated > 0 ? [`  published more than once, same bytes  ${thousands(repeated)}`] : []),
    `  tokens         ${tokenLine(accounts)}`,
    `  time           ${formatSeconds(elapsedMs / 1_000)}, ${rate.toFixed(1)} messages/s`,
  ];
}

/** How often `classify` found the label the corpus gives its mails. */
export function accuracyLine(accounts: readonly Account[]): string {
  const pairs = accounts.flatMap(({ input, outcome }) => {
    if (input.type !== 'classify' || outcome?.kind !== 'result') return [];
    const { label } = outcome.message.output as { label: string };
    return [{ label, truth: trueLabel(input.tenant) }];
  });
  const count = (truth: string) => {
    const own = pairs.filter((pair) => pair.truth === truth);
    return `${thousands(own.filter(({ label }) => label === truth).length)} of ${thousands(own.length)} ${truth}`;
  };
  const right = pairs.filter(({ label, truth }) => label === truth).length;
  const share = pairs.length === 0 ? 'nothing classified' : `${((100 * right) / pairs.length).toFixed(1)} %`;
  return `  classify       ${share} right as the provider gave it: ${count('spam')}, ${count('ham')}`;
}

import { isAsExpected, isSettled, type Account } from './accounts.ts';
import type { DemoInput } from './demo-input.ts';
import type { Screen } from './screen.ts';
import { renderTable } from './table.ts';
import type { WorkflowState } from './workflow-state.ts';

export interface Progress {
  readonly accounts: readonly Account[];
  readonly unsent: readonly DemoInput[];
  /** By workflow ID, of those that are open. */
  readonly states: ReadonlyMap<string, WorkflowState>;
  readonly elapsedMs: number;
}

export interface ProgressView {
  show(progress: Progress): void;
}

const COLUMNS = [
  { title: 'message', max: 32 },
  { title: 'type', max: 10 },
  { title: 'tenant', max: 8 },
  { title: 'prio', max: 4, right: true },
  { title: 'state', max: 100 },
];

/** A table that is drawn anew in a terminal; elsewhere a line whenever a message's state changes. */
export function createMessageTable(screen: Screen): ProgressView {
  const phases = new Map<DemoInput, string>();
  return {
    show({ accounts, unsent, states, elapsedMs }) {
      const seconds = `${(elapsedMs / 1_000).toFixed(1)} s`;
      const rows = [
        ...accounts.map((account) => ({ input: account.input, ...stateOf(account, states) })),
        ...unsent.map((input) => ({ input, phase: 'not sent yet', text: 'not sent yet' })),
      ];
      if (screen.live) {
        const cells = rows.map(({ input, text }) => [...describe(input), text]);
        const settled = accounts.filter(isSettled).length;
        const foot = `  ${String(settled)} of ${String(rows.length)} accounted for, ${seconds}`;
        screen.redraw([...renderTable(COLUMNS, cells, screen.columns - 1), foot]);
        return;
      }
      for (const { input, phase } of rows) {
        if (phases.get(input) === phase || phase === 'not sent yet') continue;
        phases.set(input, phase);
        screen.print(`${seconds.padStart(8)}  ${input.name}: ${phase}`);
      }
    },
  };
}

const describe = ({ name, type, tenant, priority }: DemoInput) => [name, type, tenant, String(priority ?? '')];

/** The outside decides: what Kafka has is done, whatever Temporal still says. */
export function stateOf(account: Account, states: ReadonlyMap<string, WorkflowState>): WorkflowState {
  const { input, outcome, workflowId } = account;
  if (isSettled(account)) {
    const surprise = isAsExpected(account) ? '' : ' (NOT EXPECTED)';
    const text = `${outcome === undefined ? 'repeat: nothing started' : endOf(outcome)}${surprise}`;
    return { phase: text, text };
  }
  // A repeat has the workflow of the message it repeats: what that one does says nothing about the repeat.
  const known = input.wave === 2 ? undefined : states.get(workflowId);
  return known ?? { phase: 'sent', text: 'sent' };
}

function endOf(outcome: NonNullable<Account['outcome']>): string {
  if (outcome.kind === 'dead-letter') return `dead letter: ${outcome.failureType}`;
  const { attempts } = outcome.message;
  return attempts > 1 ? `result after ${String(attempts)} attempts` : 'result';
}

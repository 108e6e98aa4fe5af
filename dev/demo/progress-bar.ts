import { isSettled } from './accounts.ts';
import type { ProgressView } from './message-table.ts';
import type { Screen } from './screen.ts';
import { bar, thousands } from './table.ts';

/** Where nothing can be redrawn, a line so often. */
const LINE_EVERY_MS = 5_000;

/** One line for many messages: how far, how fast, how long still. */
export function createProgressBar(screen: Screen): ProgressView {
  let lastLineMs = 0;
  return {
    show({ accounts, unsent, elapsedMs }) {
      const total = accounts.length + unsent.length;
      const done = accounts.filter(isSettled).length;
      const dead = accounts.filter(({ outcome }) => outcome?.kind === 'dead-letter').length;
      const perSecond = done / Math.max(0.001, elapsedMs / 1_000);
      const left = perSecond > 0 && done < total ? `, ${formatSeconds((total - done) / perSecond)} left` : '';
      const line =
        `  ${bar(done / total)} ${thousands(done)} of ${thousands(total)}, ${thousands(dead)} dead-lettered, ` +
        `${perSecond.toFixed(0)}/s, ${formatSeconds(elapsedMs / 1_000)}${left}`;
      if (screen.live) screen.redraw([line]);
      else if (elapsedMs - lastLineMs >= LINE_EVERY_MS || done === total) {
        lastLineMs = elapsedMs;
        screen.print(line);
      }
    },
  };
}

export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(0)} s`;
  return `${String(Math.floor(seconds / 60))} min ${String(Math.floor(seconds % 60))} s`;
}

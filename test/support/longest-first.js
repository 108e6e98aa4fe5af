import { readFileSync, statSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

/**
 * Files that allow their tests the longest time come first, so that none of them is left over for one worker at the end while the
 * others have nothing to do. Jest by itself knows how long a file takes only after a first run.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return Array.from(tests, (test) => ({ test, timeoutMs: timeoutOf(test.path), bytes: statSync(test.path).size }))
      .sort((a, b) => b.timeoutMs - a.timeoutMs || b.bytes - a.bytes)
      .map(({ test }) => test);
  }
}

function timeoutOf(path) {
  const declared = /^jest\.setTimeout\(([\d_]+)\)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? '0';
  return Number(declared.replaceAll('_', ''));
}

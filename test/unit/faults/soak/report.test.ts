import { soakPage } from '../../../../faults/soak/report.ts';

const sample = { process: 'llm-1', rssBytes: 123e6, handles: 40, loopDelayMs: 5 };

test('the page draws every process and marks every fault, whatever is in their texts', () => {
  const page = soakPage('A <soak>', [['lost & found', '0']], {
    processes: [
      { ...sample, at: 0 },
      { ...sample, at: 60_000 },
      { ...sample, at: 60_000, process: 'bridge-1' },
    ],
    system: [{ at: 0, unanswered: 3, openWorkflows: 2 }],
    faults: [{ at: 30_000, what: 'a "kill" of <llm>' }],
  });
  expect(page).toContain('<title>A &lt;soak&gt;</title>');
  expect(page).toContain('<th>lost &amp; found</th><td>0</td>');
  // Three charts of two processes, and one of two figures.
  expect(page.match(/<polyline/g)).toHaveLength(8);
  expect(page.match(/class="fault"/g)).toHaveLength(4);
  expect(page).toContain('a &quot;kill&quot; of &lt;llm&gt;');
  expect(page).not.toContain('<llm>');
  expect(page).not.toContain('NaN');
});

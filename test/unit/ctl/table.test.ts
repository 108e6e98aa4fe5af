import { formatDuration, formatPairs, formatTable } from '../../../ctl/table.ts';

describe('a table', () => {
  test('aligns its columns by characters, without blanks at line ends', () => {
    expect(
      formatTable(
        ['ID', 'TYPE'],
        [
          ['é1', 'chat'],
          ['long-id', '-'],
        ],
      ),
    ).toBe(['ID       TYPE', 'é1       chat', 'long-id  -'].join('\n'));
  });

  test('lets no foreign text move the cursor, break a line or turn its direction', () => {
    const table = formatTable(['ID', 'TENANT'], [['a\n\u001b[2Jb', '\u202Eevil']]);
    expect(table).toBe('ID      TENANT\na [2Jb  evil');
  });
});

test('pairs leave out what is not known', () => {
  const text = formatPairs([
    ['id', 'x'],
    ['tenant', undefined],
    ['failure', 'a\nb'],
  ]);
  expect(text).toBe('id       x\nfailure  a b');
});

test.each([
  [0, '0ms'],
  [-5, '0ms'],
  [999, '999ms'],
  [61_000, '1m 1s'],
  [3_600_000, '1h'],
  [90_061_000, '1d 1h'],
  [86_400_000 * 3 + 60_000, '3d'],
])('%d ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

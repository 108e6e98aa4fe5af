/** Column heads and rows as aligned text, two spaces between columns. Control characters of foreign text become spaces. */
export function formatTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [heads, ...rows].map((row) => row.map(oneLine));
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => charsIn(row[column] ?? ''))));
  return cells.map((row) => formatRow(row, widths)).join('\n');
}

/** Names and values below each other; pairs without a value are left out. */
export function formatPairs(pairs: readonly (readonly [name: string, value: string | undefined])[]): string {
  const given = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}`).join('\n');
}

/** `90061000` → `1d 1h`: the two largest units, as people say it. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${String(Math.max(0, Math.round(ms)))}ms`;
  const units: [name: string, seconds: number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ];
  let rest = Math.round(ms / 1_000);
  const parts = units.map(([name, seconds]) => {
    const amount = Math.floor(rest / seconds);
    rest -= amount * seconds;
    return { amount, text: `${String(amount)}${name}` };
  });
  const first = parts.findIndex(({ amount }) => amount > 0);
  const shown = parts.slice(first, first + 2).filter(({ amount }) => amount > 0);
  return shown.map(({ text }) => text).join(' ');
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - charsIn(cell))))
    .join('  ')
    .trimEnd();
}

/** A message id or a provider's text must not move the cursor or break a line of somebody's terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}

/** Code points: what a terminal shows as one column, wide scripts aside. */
function charsIn(text: string): number {
  return Array.from(text).length;
}

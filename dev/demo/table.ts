/** Plain-text tables and lines for a terminal of a given width. */

export interface Column {
  readonly title: string;
  /** At most so many characters; the last column takes what is left. */
  readonly max: number;
  readonly right?: boolean;
}

/** Lines of at most `width` characters: titles, and a line per row. Cells that do not fit end in an ellipsis. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = columns.map(({ title, max }, index) =>
    Math.min(max, Math.max(title.length, ...cells.map((row) => lengthOf(row[index] ?? '')))),
  );
  const line = (row: readonly string[]) => {
    const padded = columns.map(({ right }, index) => {
      const text = cut(row[index] ?? '', widths[index] ?? 0);
      const space = ' '.repeat(Math.max(0, (widths[index] ?? 0) - lengthOf(text)));
      return right === true ? space + text : text + space;
    });
    return cut(`  ${padded.join('  ')}`.trimEnd(), width);
  };
  return [line(columns.map(({ title }) => title)), ...cells.map(line)];
}

/** In code points: a character outside the basic plane is one, and is never cut in half. */
const lengthOf = (text: string): number => Array.from(text).length;

export function cut(text: string, max: number): string {
  const characters = Array.from(text);
  return characters.length <= max ? text : `${characters.slice(0, Math.max(0, max - 1)).join('')}…`;
}

/** Foreign text must not move the cursor or break the table. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** `[##########..........]` */
export function bar(share: number, width = 30): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}

export const thousands = (count: number): string => Math.round(count).toLocaleString('en-GB');

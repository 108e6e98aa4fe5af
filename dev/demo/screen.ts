/** Where the demo writes: a terminal that can redraw, or a stream that only grows. */
export interface Screen {
  readonly live: boolean;
  readonly columns: number;
  readonly rows: number;
  /** A line that stays. */
  print(line?: string): void;
  /** Replaces what the last `redraw` showed. Does nothing where nothing can be redrawn. */
  redraw(lines: readonly string[]): void;
  /** What the last `redraw` showed stays, and the next one begins below it. */
  keep(): void;
}

export function createScreen(out: NodeJS.WriteStream): Screen {
  let shown = 0;
  // node's types say boolean, but a pipe has no such member at all.
  const live = (out.isTTY as boolean | undefined) === true;
  const erase = () => (shown === 0 ? '' : `\x1b[${String(shown)}A\x1b[0J`);
  return {
    live,
    get columns() {
      return live ? out.columns : 160;
    },
    get rows() {
      return live ? out.rows : Infinity;
    },
    print(line = '') {
      out.write(`${erase()}${line}\n`);
      shown = 0;
    },
    redraw(lines) {
      if (!live) return;
      const text = lines.map((line) => `${line}\n`).join('');
      out.write(erase() + text);
      shown = lines.length;
    },
    keep() {
      shown = 0;
    },
  };
}

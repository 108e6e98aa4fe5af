/** Where commands write: results to stdout, so that they can be piped; everything said beside them to stderr. */
export interface Output {
  /** One or more lines of result. */
  result(text: string): void;
  /** One line that is not part of the result: a problem, a hint. */
  note(text: string): void;
  /** The state of bulk work: rewritten in place in a terminal, silent otherwise. */
  progress(text: string): void;
}

const CLEAR_LINE = '\r\u001b[2K';

export function createOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Output {
  let progressShown = false;
  const clearProgress = () => {
    if (progressShown) stderr.write(CLEAR_LINE);
    progressShown = false;
  };
  return {
    result: (text) => {
      clearProgress();
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      clearProgress();
      stderr.write(`${text}\n`);
    },
    progress: (text) => {
      if (!stderr.isTTY) return;
      stderr.write(`${CLEAR_LINE}${text}`);
      progressShown = true;
    },
  };
}

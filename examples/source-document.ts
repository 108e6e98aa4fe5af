/** One type's examples as a source has them, not yet checked. */
export interface SourceDocument {
  readonly type: string;
  /** For problems: the file, or the address and member. */
  readonly where: string;
  readonly content: unknown;
}

/** Of a source as a whole, all types together. */
export const MAX_SOURCE_BYTES = 5 * 1024 * 1024;

/** The source answers, but what it holds cannot be used: reading it again will not help, changing it will. */
export class BadSourceError extends Error {
  /** Each names its file and path. */
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'BadSourceError';
    this.problems = problems;
  }
}

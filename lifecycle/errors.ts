/** Exit codes of every process, after sysexits.h where it has one. */
export const EXIT_CODES = { drained: 0, internal: 70, dependencyUnavailable: 75, configuration: 78 } as const;

/** Something the process needs is not there at start (a broker, a topic, a namespace). The message says which and what to do. */
export class DependencyUnavailableError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DependencyUnavailableError';
  }
}

/** The configuration is wrong, or lacks a word that only an operator can give. The message lists every problem, one a line. */
export class ConfigurationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigurationError';
  }
}

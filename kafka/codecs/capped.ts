/** What one batch may become when opened. kafkajs's patch opens no further one of a fetch beyond some MiB. */
export const MAX_BATCH_BYTES = 64 * 1024 * 1024;

/** Told apart by `code` from data that is damaged. kafkajs's patch uses the same code for too many records and headers. */
export const BATCH_TOO_LARGE = 'BATCH_TOO_LARGE';

/** To be called before memory is taken. @throws an error with the code `BATCH_TOO_LARGE` */
export function assertUnderCap(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  const message = `The batch expands to more than ${String(maxBytes)} bytes`;
  throw Object.assign(new Error(message), { code: BATCH_TOO_LARGE });
}

/** The process's fault and not the data's: kafkajs's patch throws what has this code, so that the batch is fetched again. */
export function codecUnavailable(codec: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return Object.assign(new Error(`${codec} could not be loaded: ${why}`, { cause }), { code: 'CODEC_UNAVAILABLE' });
}

export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** Opens a batch's records. @throws when they are damaged, or expand to more than `maxBytes` (code `BATCH_TOO_LARGE`) */
export type Decompress = (compressed: Buffer, maxBytes: number) => Promise<Buffer>;

import { pino } from 'pino';

const STDOUT = 1;
/** What is kept, in bytes, while nothing can be written; newer lines are dropped. */
const KEPT_BYTES = 2 ** 20;

type LogDestination = ReturnType<typeof pino.destination>;

/**
 * Where lines go, each at once. A log that cannot be written, on a full disk or to a reader that has gone, stops no work: what
 * was not written is tried again with the next line.
 * @param onError once for each line that could not be written
 */
export function createLogDestination(onError: (error: Error) => void = () => undefined, fd = STDOUT): LogDestination {
  const destination = pino.destination({ dest: fd, sync: true, maxLength: KEPT_BYTES });
  // Pino's listener throws, which would end the process.
  destination.removeAllListeners('error').on('error', onError);
  // Called before an exit, and would try for ever. Only lines that failed are left to flush.
  destination.flushSync = () => undefined;
  return destination;
}

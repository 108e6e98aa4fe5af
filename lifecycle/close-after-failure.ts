import type { Logger } from '../telemetry/logger.ts';

/** Closes what a start had opened that then failed. Why it failed is what has to be told, so an error of the closing only goes to the log. */
export async function closeAfterFailure(close: () => Promise<void>, logger: Logger): Promise<void> {
  try {
    await close();
  } catch (error) {
    logger.warn({ err: error }, 'closing after a failed start failed, too');
  }
}

import { setTimeout as delay } from 'node:timers/promises';

/** @throws {Error} naming what did not happen within 30 s. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (await condition().catch(() => false)) return;
    await delay(100);
  }
  throw new Error(`waited 30 s in vain for ${what}`);
}

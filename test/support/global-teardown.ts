import type { SharedWithTeardown } from './global-setup.ts';

export default async function globalTeardown(): Promise<void> {
  await (globalThis as SharedWithTeardown).testStack?.stop();
}

import type { OpenTemporal, TemporalAccess } from './client.ts';

/**
 * One connection for all parts of a process: the first to ask opens it, the last to close ends it. A workflow that is started
 * over the connection of a worker of its own task queue can have its first task in the same answer (an eager start).
 */
export function shareConnection(open: OpenTemporal): OpenTemporal {
  let shared: Promise<TemporalAccess> | undefined;
  let users = 0;
  return async (config) => {
    users += 1;
    const opening = (shared ??= open(config));
    const { close, ...access } = await opening.catch((error: unknown) => {
      users -= 1;
      if (shared === opening) shared = undefined;
      throw error;
    });
    return {
      ...access,
      async close() {
        users -= 1;
        if (users > 0) return;
        shared = undefined;
        await close();
      },
    };
  };
}

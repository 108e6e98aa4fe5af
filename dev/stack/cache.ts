import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { removeLeftOvers } from './left-overs.ts';

/** Where downloaded servers are kept between runs, shared by all clones of a user. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'llm-kafka-pipeline');
}

/**
 * Makes the cache folder `name` by letting `fill` work in a temporary folder beside it, renamed when complete: an
 * interrupted download is never taken for a server.
 *
 * @returns the folder's path
 */
export async function cachedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.partial-${String(process.pid)}-${randomBytes(4).toString('hex')}`;
  await mkdir(temporary, { recursive: true });
  removeLeftOvers(cacheFolder(), /\.partial-(\d+)-/);
  try {
    await fill(temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process may have been first; its copy is as good.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

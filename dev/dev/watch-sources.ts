import { watch, type FSWatcher } from 'node:fs';
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { findProjectRoot } from '../stack/project-root.ts';

/** Folders that the running pipeline is not made of. */
const NOT_WATCHED = new Set(['dist', 'node_modules', 'test', 'docs', 'bench', 'coverage']);
/** Editors write a file in several steps, and a checkout writes many. */
const SETTLE_MS = 200;

/** Calls back when TypeScript sources have changed and come to rest. @returns a function that ends the watching */
export function watchSources(onChange: () => void): () => void {
  const root = findProjectRoot();
  let timer: NodeJS.Timeout | undefined;
  const notice = (_event: string, file: string | null) => {
    if (file?.endsWith('.ts') !== true) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS);
  };
  const watchers: FSWatcher[] = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NOT_WATCHED.has(entry.name))
    .map((entry) => watch(join(root, entry.name) + sep, { recursive: true }, notice));
  // The root itself, for main.ts and the like; not recursive, which would take in node_modules.
  watchers.push(watch(root, notice));
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

import { chmod, readdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withProgress, type OnProgress } from '../progress.ts';
import { cachedFolder, cacheFolder } from './cache.ts';
import { findProjectRoot } from './project-root.ts';
import { StackError, findOnPath, isExecutable, runTool } from './tools.ts';

/** The newest that `go install` can build: later ones replace modules in their go.mod. */
const VERSION = '1.5.1';
const CACHED = `temporal-${VERSION}`;
const DOWNLOAD_TIMEOUT_MS = 30_000;

/**
 * The path of a Temporal CLI with its dev server: `TEMPORAL_CLI`, one on PATH, the cache, the SDK's download, or built
 * from source, in this order.
 * @throws {StackError} saying how to get one
 */
export async function findTemporalExecutable(onProgress: OnProgress): Promise<string> {
  const named = process.env['TEMPORAL_CLI'];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw new StackError(`TEMPORAL_CLI names ${named}, which is not an executable file.`);
  }
  const cached = join(cacheFolder(), CACHED, 'temporal');
  const found = findOnPath('temporal') ?? (existsSync(cached) ? cached : undefined);
  if (found !== undefined) return found;
  const folder = await cachedFolder(CACHED, async (target) => {
    if (!(await downloaded(target, onProgress))) await buildFromSource(target, onProgress);
  });
  return join(folder, 'temporal');
}

async function downloaded(folder: string, onProgress: OnProgress): Promise<boolean> {
  const root = findProjectRoot();
  try {
    await withProgress('Temporal: downloading the dev server (once)', onProgress, () =>
      runTool({
        command: process.execPath,
        args: [join(root, 'dev/stack/sdk-download.mjs'), folder],
        cwd: root,
        timeoutMs: DOWNLOAD_TIMEOUT_MS,
      }),
    );
    const [file] = (await readdir(folder)).filter((name) => name.startsWith('temporal'));
    if (file === undefined) return false;
    await rename(join(folder, file), join(folder, 'temporal'));
    await chmod(join(folder, 'temporal'), 0o755);
    return true;
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    onProgress('Temporal: the download is not reachable from here');
    return false;
  }
}

async function buildFromSource(folder: string, onProgress: OnProgress): Promise<void> {
  const go = findOnPath('go');
  if (go === undefined) {
    throw new StackError(
      'Temporal is missing: install its CLI with `brew install temporal` or from https://temporal.io/setup/install-temporal-cli, ' +
        'or install Go (`apt install golang`) for it to be built here, or set TEMPORAL_ADDRESS.',
    );
  }
  await withProgress('Temporal: building the dev server (once, about three minutes)', onProgress, () =>
    runTool({
      command: go,
      args: ['install', `github.com/temporalio/cli/cmd/temporal@v${VERSION}`],
      // Outside any module, and into our folder rather than the user's.
      cwd: folder,
      env: { GOBIN: folder, GOFLAGS: '-modcacherw' },
    }),
  );
  await rm(join(folder, 'pkg'), { recursive: true, force: true });
}

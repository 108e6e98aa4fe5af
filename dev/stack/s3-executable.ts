import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withProgress, type OnProgress } from '../progress.ts';
import { cachedFolder } from './cache.ts';
import { StackError, findOnPath, runTool } from './tools.ts';

const VERSION = '1.8.0';

/**
 * The path of an S3 server that keeps objects as files and checks signatures (Versity's gateway): one on PATH, or built from source.
 * @throws {StackError} saying how to get one
 */
export async function findS3Executable(onProgress: OnProgress): Promise<string> {
  const found = findOnPath('versitygw');
  if (found !== undefined) return found;
  return join(await cachedFolder(`versitygw-${VERSION}`, (target) => buildFromSource(target, onProgress)), 'versitygw');
}

async function buildFromSource(folder: string, onProgress: OnProgress): Promise<void> {
  const go = findOnPath('go');
  if (go === undefined) {
    throw new StackError('The S3 server is missing: install `versitygw`, or Go for it to be built here.');
  }
  await withProgress('S3: building the server (once, about two minutes)', onProgress, () =>
    runTool({
      command: go,
      args: ['install', `github.com/versity/versitygw/cmd/versitygw@v${VERSION}`],
      // Outside any module, and into our folder rather than the user's.
      cwd: folder,
      env: { GOBIN: folder, GOFLAGS: '-modcacherw' },
    }),
  );
  await rm(join(folder, 'pkg'), { recursive: true, force: true });
}

import { chmod, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { withProgress, type OnProgress } from '../progress.ts';
import { cachedFolder } from './cache.ts';
import { StackError, findOnPath, runTool } from './tools.ts';

/** A Java library that brings Redis (6.2) as a program for each system: what Kafka needs is enough to fetch it. */
const ARTIFACT = 'com.github.codemonstur:embedded-redis:1.4.3';
const CACHED = 'redis-6.2';
const UNPACK = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * The path of a Valkey or Redis server: one on PATH, or fetched through Maven.
 * @throws {StackError} saying how to get one
 */
export async function findRedisExecutable(onProgress: OnProgress): Promise<string> {
  const found = findOnPath('valkey-server') ?? findOnPath('redis-server');
  if (found !== undefined) return found;
  return join(await cachedFolder(CACHED, (target) => fetchThroughMaven(target, onProgress)), 'redis-server');
}

async function fetchThroughMaven(folder: string, onProgress: OnProgress): Promise<void> {
  const maven = findOnPath('mvn');
  if (maven === undefined) {
    throw new StackError('Redis is missing: install `valkey-server` or `redis-server`, or Maven for it to be fetched.');
  }
  const program = `redis-server-*-${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`;
  await withProgress('Redis: fetching it through Maven (once, 12 MB)', onProgress, () =>
    runTool({
      command: maven,
      args: [
        '-q',
        '-B',
        UNPACK,
        `-Dartifact=${ARTIFACT}`,
        `-DoutputDirectory=${folder}`,
        `-Dmdep.unpack.includes=${program}`,
      ],
      // Outside any project.
      cwd: folder,
    }),
  );
  const file = (await readdir(folder)).find((name) => name.startsWith('redis-server'));
  if (file === undefined) throw new StackError(`There is no ${program} in ${ARTIFACT}: install \`valkey-server\`.`);
  await rename(join(folder, file), join(folder, 'redis-server'));
  await chmod(join(folder, 'redis-server'), 0o755);
}

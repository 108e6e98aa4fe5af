import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.mjs';

/**
 * `npm ci`, but only when `node_modules` is not what the lock file asks for.
 *
 * @param {string} root the project's folder
 */
export async function installDependencies(root) {
  if (isInstalled(root)) return;
  await runCommand({
    label: 'Installing dependencies',
    command: 'npm',
    args: ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
    cwd: root,
  });
}

/**
 * Compares with the lock file that npm itself leaves in `node_modules` as its last act, rather than with a stamp of
 * ours: an interrupted install leaves none, and one made by a plain `npm ci` (a Dockerfile's) counts.
 */
function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    // Builds for other platforms are in the lock file and rightly not on the disk.
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findProjectRoot } from '../stack/project-root.ts';

/** Builds what changed. Compile errors are shown as the compiler prints them. @returns whether there is a new build */
export async function rebuild(): Promise<boolean> {
  const root = findProjectRoot();
  const child = spawn(process.execPath, [join(root, 'dev/bootstrap.mjs'), 'build'], { cwd: root, stdio: 'inherit' });
  const code = await new Promise<number | null>((done, reject) => {
    child.once('error', reject);
    child.once('exit', done);
  });
  return code === 0;
}

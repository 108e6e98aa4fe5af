import { spawn } from 'node:child_process';

/** A command of the set-up ended badly. The message is one sentence; the command's own output was shown before it. */
export class CommandFailed extends Error {}

const FIRST_NOTICE_MS = 2_000;
const NOTICE_EVERY_MS = 10_000;

/**
 * Runs one command to its end and shows elapsed seconds when it takes longer than two. Its output is shown (on stderr)
 * only when it fails.
 *
 * @param {{ label: string, command: string, args: string[], cwd: string }} what
 * @throws {CommandFailed}
 */
export async function runCommand({ label, command, args, cwd }) {
  const startedAt = Date.now();
  const seconds = () => ((Date.now() - startedAt) / 1_000).toFixed(0);
  let noticed = false;
  const notice = () => {
    noticed = true;
    process.stderr.write(`${label} … ${seconds()} s\n`);
    timer = setTimeout(notice, NOTICE_EVERY_MS);
  };
  let timer = setTimeout(notice, FIRST_NOTICE_MS);
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  // A terminal's Ctrl-C reaches the child by itself; a SIGTERM for this process alone would leave it behind.
  const onTerminate = () => {
    child.kill('SIGTERM');
    process.exit(143);
  };
  process.once('SIGTERM', onTerminate);
  try {
    const problem = await new Promise((done) => {
      child.once('error', (error) => done(error.message));
      child.once('close', (code, signal) => done(code === 0 ? undefined : `exit ${signal ?? code}`));
    });
    if (problem !== undefined) {
      process.stderr.write(Buffer.concat(output));
      throw new CommandFailed(`${label} failed (${problem}).`);
    }
    if (noticed) process.stderr.write(`${label}: done in ${seconds()} s\n`);
  } finally {
    clearTimeout(timer);
    process.removeListener('SIGTERM', onTerminate);
  }
}

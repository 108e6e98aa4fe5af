import { readFileSync } from 'node:fs';

/** A process's resident memory in MiB, now or at its peak. Linux only. */
export function residentMiB(pid: number, when: 'now' | 'peak' = 'now'): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const line = when === 'now' ? /^VmRSS:\s+(\d+) kB$/m : /^VmHWM:\s+(\d+) kB$/m;
  return Math.round(Number(line.exec(status)?.[1] ?? 0) / 1_024);
}

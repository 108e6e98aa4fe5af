import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What the kernel has counted for some processes together. */
export interface ProcessUsage {
  /** User and system time of all threads, also of those that have ended. */
  readonly cpuSeconds: number;
  /** The largest resident set each has had, added up. */
  readonly peakRssMiB: number;
}

/** Reads the usage of processes. Linux only. */
export type ReadUsage = (pids: readonly number[]) => ProcessUsage;

const UTIME = 14;
const STIME = 15;

/** @throws {Error} where there is no /proc. */
export function createUsageReader(): ReadUsage {
  if (process.platform !== 'linux') throw new Error('The benchmark reads CPU and memory from /proc: it needs Linux.');
  const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return (pids) => {
    let ticks = 0;
    let peakRssMiB = 0;
    for (const pid of pids) {
      ticks += cpuTicks(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
      peakRssMiB += peakRss(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
    }
    return { cpuSeconds: ticks / ticksPerSecond, peakRssMiB };
  };
}

/** `utime` + `stime` of `/proc/<pid>/stat`: the whole thread group. */
export function cpuTicks(stat: string): number {
  // The second field is the command in parentheses, and may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return field(UTIME) + field(STIME);

  /** As proc(5) numbers them; the third is the first one after the command. */
  function field(number: number): number {
    const value = Number(fields[number - 3] ?? Number.NaN);
    if (Number.isNaN(value)) throw new Error(`Not a line of /proc/<pid>/stat: ${stat}`);
    return value;
  }
}

/** `VmHWM` of `/proc/<pid>/status`, in MiB. */
export function peakRss(status: string): number {
  const [, kiB] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kiB === undefined) throw new Error('No VmHWM in /proc/<pid>/status: the process has ended.');
  return Number(kiB) / 1_024;
}

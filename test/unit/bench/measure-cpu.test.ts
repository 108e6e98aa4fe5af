import { pbkdf2Sync } from 'node:crypto';
import { cpuTicks, createUsageReader, peakRss } from '../../../bench/measure-cpu.ts';

/** Fields 1 to 20 as proc(5) has them, with 14 = 700 and 15 = 35. */
const stat = (command: string) => `4242 (${command}) S 1 4242 4242 0 -1 4194304 900 0 3 0 700 35 11 12 20 0 9`;

describe('reading /proc', () => {
  it('adds user and system time, and leaves those of children out', () => {
    expect(cpuTicks(stat('node'))).toBe(735);
  });

  it('is not misled by a command with spaces and parentheses', () => {
    expect(cpuTicks(stat('a) S 1 (b c'))).toBe(735);
  });

  it('does not count what it cannot read', () => {
    expect(() => cpuTicks('4242 (node) S 1')).toThrow('Not a line of /proc');
    expect(() => peakRss('Name:\tnode\nState:\tZ (zombie)\n')).toThrow('has ended');
  });

  it('reads the peak of the resident set, not the present one', () => {
    expect(peakRss('VmPeak:\t 999999 kB\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n')).toBe(200);
  });

  it('agrees with what a process knows about itself', () => {
    const read = createUsageReader();
    const before = { proc: read([process.pid]).cpuSeconds, own: ownCpuSeconds() };
    pbkdf2Sync('a', 'b', 400_000, 64, 'sha512');
    const after = { proc: read([process.pid]).cpuSeconds, own: ownCpuSeconds() };
    expect(after.own - before.own).toBeGreaterThan(0.05);
    // The kernel counts in hundredths of a second.
    expect(Math.abs(after.proc - before.proc - (after.own - before.own))).toBeLessThan(0.05);
  });

  it('adds up several processes', () => {
    const read = createUsageReader();
    const one = read([process.pid]).peakRssMiB;
    expect(read([process.pid, process.pid]).peakRssMiB).toBeGreaterThanOrEqual(2 * one);
  });
});

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

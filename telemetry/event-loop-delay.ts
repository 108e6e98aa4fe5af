import { Histogram, type Registry } from 'prom-client';

const EVERY_MS = 20;

/**
 * How late a timer is, fifty times a second. prom-client's own figures end at the 99th percentile and begin anew with each scrape; of a
 * histogram any percentile over any time can be asked.
 */
export function observeEventLoopDelay(registers: Registry[]): void {
  const delays = new Histogram({
    name: 'pipeline_event_loop_delay_seconds',
    help: 'Delay of the event loop.',
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30],
    registers,
  });
  let due = performance.now() + EVERY_MS;
  setInterval(() => {
    const now = performance.now();
    delays.observe(Math.max(0, now - due) / 1_000);
    due = now + EVERY_MS;
  }, EVERY_MS).unref();
}

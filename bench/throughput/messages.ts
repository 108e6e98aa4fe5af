import type { BenchMessage } from '../sender.ts';

/** About 900 characters, a short e-mail: large enough to be real, small enough that the pipeline is what is measured. */
const TEXT = Array.from({ length: 9 }, (_, index) =>
  [
    `Point ${String(index + 1)}: the shipment left the warehouse on time and arrived`,
    'two days late because the carrier changed its route.',
  ].join(' '),
).join(' ');

/**
 * `summarize` messages with ids `<prefix>-0` … They differ in their text too, so that no two prompts are the same.
 * @param prefix makes ids differ between the warm-up and the measured messages
 */
export function benchMessages(prefix: string, count: number): BenchMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `${prefix}-${String(index)}`;
    return { id, value: JSON.stringify({ id, type: 'summarize', payload: { text: `Report ${id}. ${TEXT}` } }) };
  });
}

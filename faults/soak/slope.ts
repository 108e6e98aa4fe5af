import { groupBy } from '../checker/records.ts';
import type { ProcessSample } from './samples.ts';

/** A heap that fills for the first time looks like a leak. */
const WARM_UP_MS = 180_000;
/** A line through less says nothing about an hour. */
const MIN_SPAN_MS = 300_000;
const HOUR_MS = 3_600_000;

export interface LifeSlope {
  readonly process: string;
  /** The time the line was drawn through. */
  readonly spanMs: number;
  readonly bytesPerHour: number;
}

/** How fast the memory of each process grew: the least-squares line through its life, its first three minutes left out. */
export function memorySlopes(samples: readonly ProcessSample[]): readonly LifeSlope[] {
  return [...groupBy(samples, ({ process }) => process)].flatMap(([process, life]) => {
    const from = (life[0]?.at ?? 0) + WARM_UP_MS;
    const steady = life.filter(({ at }) => at >= from);
    const spanMs = (steady.at(-1)?.at ?? 0) - from;
    if (spanMs < MIN_SPAN_MS) return [];
    const bytesPerMs = slope(steady.map(({ at, rssBytes }) => [at, rssBytes]));
    return [{ process, spanMs, bytesPerHour: bytesPerMs * HOUR_MS }];
  });
}

/** Of all lives together, each by its length; `undefined` when none was long enough. */
export function meanSlope(slopes: readonly LifeSlope[]): number | undefined {
  const total = slopes.reduce((sum, { spanMs }) => sum + spanMs, 0);
  if (total === 0) return undefined;
  return slopes.reduce((sum, { spanMs, bytesPerHour }) => sum + spanMs * bytesPerHour, 0) / total;
}

/** Of the least-squares line; 0 where there is none. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  let above = 0;
  let below = 0;
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

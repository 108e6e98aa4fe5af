import { limits } from '../limits/limits.ts';
import { backlog } from '../throughput/backlog.ts';
import { steady } from '../throughput/steady.ts';
import { throughputMode } from '../throughput/throughput.ts';
import type { Mode } from './mode.ts';

/** By the name `--mode` takes. A new mode is one line here. */
export const MODES = {
  backlog: throughputMode(backlog),
  steady: throughputMode(steady),
  limits,
} satisfies Record<string, Mode>;

export type ModeName = keyof typeof MODES;
export const MODE_NAMES = Object.keys(MODES) as ModeName[];

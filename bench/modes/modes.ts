import { backlog } from './backlog.ts';
import type { Mode } from './mode.ts';
import { steady } from './steady.ts';

/** By the name `--mode` takes. A new mode is one file here and one line below. */
export const MODES = { backlog, steady } satisfies Record<string, Mode>;

export type ModeName = keyof typeof MODES;
export const MODE_NAMES = Object.keys(MODES) as ModeName[];

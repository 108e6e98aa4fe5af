import type { PipelineProcessOptions } from '../../dev/stack/pipeline-process.ts';

/** What can be started, as production starts it. */
export const PARTS = {
  bridge: { entry: 'bridge/main.js', args: [] },
  pipeline: { entry: 'workers/main.js', args: ['--role', 'pipeline'] },
  llm: { entry: 'workers/main.js', args: ['--role', 'llm'] },
  publish: { entry: 'workers/main.js', args: ['--role', 'publish'] },
  standalone: { entry: 'main.js', args: [] },
} as const satisfies Readonly<Record<string, Pick<PipelineProcessOptions, 'entry' | 'args'>>>;

export type Part = keyof typeof PARTS;

/** Every role in a process of its own; two for the calls. */
export const SEPARATE: readonly Part[] = ['bridge', 'pipeline', 'llm', 'llm'];

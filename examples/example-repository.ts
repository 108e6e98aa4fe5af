import type { ExampleSet } from '../contracts/pipeline.ts';

/** The newest example set of each type, in memory. The topic follower writes, prompts read. */
export interface ExampleRepository {
  setFor(type: string): ExampleSet | undefined;
  sets(): readonly ExampleSet[];
  /** Replaces the type's set as a whole: a prompt never mixes two versions. */
  put(set: ExampleSet): void;
  remove(type: string): void;
}

export function createExampleRepository(): ExampleRepository {
  const byType = new Map<string, ExampleSet>();
  return {
    setFor: (type) => byType.get(type),
    sets: () => [...byType.values()],
    put: (set) => void byType.set(set.type, set),
    remove: (type) => void byType.delete(type),
  };
}

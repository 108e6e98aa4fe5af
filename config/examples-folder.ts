import { statSync } from 'node:fs';

/** What is wrong with a source of examples that is no URL; `undefined` when a folder is there. What is in it may change later. */
export function examplesFolderProblem(source: string | undefined): string | undefined {
  if (source === undefined || source === '' || /^[a-z]+:\/\//i.test(source)) return undefined;
  const found = statSync(source, { throwIfNoEntry: false });
  if (found === undefined) return `EXAMPLES_SOURCE: there is no folder ${source}`;
  return found.isDirectory() ? undefined : `EXAMPLES_SOURCE: ${source} is not a folder`;
}

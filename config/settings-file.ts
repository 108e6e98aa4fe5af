import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { readYamlFile } from './yaml-file.ts';

/** A file that a variable names. */
export interface SettingsFile {
  readonly variable: string;
  readonly file: string;
}

/** A line for a problem: the variable, the file, and the place in it. */
export function problemIn(
  { variable, file }: SettingsFile,
  message: string,
  place: readonly PropertyKey[] = [],
): string {
  return [variable, file, ...(place.length > 0 ? [place.map(String).join('.')] : []), message].join(': ');
}

/** A file's text. `undefined`: it cannot be read, and `problems` says so. */
export function readText(where: SettingsFile, problems: string[]): string | undefined {
  try {
    return readFileSync(where.file, 'utf8');
  } catch (error) {
    problems.push(problemIn(where, `cannot be read (${String((error as NodeJS.ErrnoException).code)})`));
    return undefined;
  }
}

/**
 * A settings file, checked: YAML, of which JSON is a part.
 * @param problems gets one line for each problem.
 * @returns `undefined` when there is no such file to read, or nothing usable in it.
 */
export function readSettingsFile<T extends z.ZodType>(
  { variable, file, schema }: { variable: string; file: string | undefined; schema: T },
  problems: string[],
): z.output<T> | undefined {
  if (file === undefined || file === '') return undefined;
  const where = { variable, file };
  let content: unknown;
  try {
    content = readYamlFile(file);
  } catch (error) {
    problems.push(problemIn(where, error instanceof Error ? error.message : String(error)));
    return undefined;
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  problems.push(...parsed.error.issues.map(({ path, message }) => problemIn(where, message, path)));
  return undefined;
}

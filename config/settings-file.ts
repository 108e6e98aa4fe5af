import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';

/**
 * A settings file that a variable names, checked: YAML, of which JSON is a part.
 * @param problems gets one line for each problem, with the variable, the file, and the path or line in it.
 * @returns `undefined` when there is no such file to read, or nothing usable in it.
 */
export function readSettingsFile<T extends z.ZodType>(
  { variable, file, schema }: { variable: string; file: string | undefined; schema: T },
  problems: string[],
): z.output<T> | undefined {
  if (file === undefined || file === '') return undefined;
  const where = `${variable}: ${file}`;
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    problems.push(`${where}: ${firstLine(error)}`);
    return undefined;
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  problems.push(
    ...parsed.error.issues.map(({ path, message }) =>
      [where, ...(path.length > 0 ? [path.join('.')] : []), message].join(': '),
    ),
  );
  return undefined;
}

/** YAML's errors go on with a picture of the file. */
function firstLine(error: unknown): string {
  return String(error)
    .split('\n', 1)
    .join()
    .replace(/^\w*Error: /, '')
    .replace(/:$/, '');
}

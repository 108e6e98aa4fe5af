import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';

/**
 * A YAML or JSON file's content.
 * @throws {Error} with a short reason that quotes nothing of the file: it may hold a secret
 */
export function readYamlFile(path: string): unknown {
  const document = parseDocument(readText(path));
  const [error] = document.errors;
  if (error !== undefined) {
    throw new Error(`is not YAML: ${error.code} in line ${String(error.linePos?.[0].line ?? '?')}`);
  }
  try {
    return document.toJS();
  } catch {
    throw new Error('is not YAML: an alias that leads nowhere');
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`cannot be read (${String((error as NodeJS.ErrnoException).code)})`, { cause: error });
  }
}

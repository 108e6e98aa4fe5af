import { readdir, readFile, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { BadSourceError, MAX_SOURCE_BYTES, type SourceDocument } from './source-document.ts';

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  '.json': (text) => JSON.parse(text) as unknown,
  '.yaml': (text) => parseYaml(text) as unknown,
  '.yml': (text) => parseYaml(text) as unknown,
};

/**
 * The files `<type>.json`, `<type>.yaml` and `<type>.yml` of a folder; others are left alone.
 * @throws {BadSourceError} when there is no such folder, when it is too large, or with every file that does not parse or
 *   is the second one of its type.
 */
export async function readFolder(folder: string): Promise<SourceDocument[]> {
  const names = (await list(folder)).filter((name) => !name.startsWith('.') && parse(name).ext in PARSERS).sort();
  await assertSize(folder, names);

  const documents: SourceDocument[] = [];
  const problems: string[] = [];
  for (const where of names) {
    const { name: type, ext } = parse(where);
    const text = await readFile(join(folder, where), 'utf8');
    if (documents.some((document) => document.type === type)) problems.push(`${where}: "${type}" has another file`);
    try {
      documents.push({ type, where, content: PARSERS[ext]?.(text) });
    } catch (error) {
      problems.push(`${where}: ${firstLine(error)}`);
    }
  }
  if (problems.length > 0) throw new BadSourceError(problems);
  return documents;
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new BadSourceError([`${folder}: ${firstLine(error)}`]);
  }
}

async function assertSize(folder: string, names: readonly string[]): Promise<void> {
  let bytes = 0;
  for (const name of names) bytes += (await stat(join(folder, name))).size;
  if (bytes <= MAX_SOURCE_BYTES) return;
  throw new BadSourceError([`${folder}: ${String(bytes)} bytes, at most ${String(MAX_SOURCE_BYTES)} are allowed`]);
}

/** YAML's errors go on with a picture of the file, which can hold anything. */
function firstLine(error: unknown): string {
  return String(error).split('\n', 1).join();
}

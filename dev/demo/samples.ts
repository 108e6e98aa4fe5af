import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { MESSAGE_FAILURE_TYPES } from '../../contracts/failure-types.ts';
import type { DemoInput, Expectation } from './demo-input.ts';

const expectation = z.string().transform((text, context): Expectation => {
  const [kind, failureType] = text.split(' ');
  if ((kind === 'result' || kind === 'repeat') && failureType === undefined) return { kind };
  const known = MESSAGE_FAILURE_TYPES.find((type) => type === failureType);
  if (kind === 'dead-letter' && known !== undefined) return { kind, failureType: known };
  context.addIssue({ code: 'custom', message: 'must be result, repeat, or dead-letter and a failure type' });
  return z.NEVER;
});

/** Loose on purpose: samples show broken messages too. */
const message = z.looseObject({
  id: z.string().optional(),
  type: z.string().optional(),
  tenant: z.string().optional(),
  priority: z.number().optional(),
});
const sample = z.strictObject({
  name: z.string(),
  expect: expectation,
  key: z.string().optional(),
  message: message.optional(),
  raw: z.string().nullable().optional(),
  repeats: z.string().optional(),
});
type Sample = z.infer<typeof sample>;

const file = z.strictObject({ messages: z.array(sample).min(1) });

/** @throws {Error} naming the file and every problem in it. */
export async function loadSamples(path: string): Promise<Sample[]> {
  const parsed = file.safeParse(parse(await readFile(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data.messages;
}

export interface InputOptions {
  /** So many inputs, by going through the samples again with new ids. Default: each once. */
  readonly count?: number | undefined;
  /** Put behind every id: servers that keep their data know the ids of the last run. */
  readonly runSuffix?: string;
  /** Without the stand-in, directives do nothing and samples that carry one may end either way. */
  readonly standIn: boolean;
}

/** @throws {Error} when a sample repeats an id that none before it has. */
export function toInputs(samples: readonly Sample[], options: InputOptions): DemoInput[] {
  const { count = samples.length, runSuffix = '', standIn } = options;
  const inputs: DemoInput[] = [];
  for (let round = 1; inputs.length < count; round += 1) {
    const suffix = `${round === 1 ? '' : `-${String(round)}`}${runSuffix}`;
    const originals = new Map<string, DemoInput>();
    for (const one of samples.slice(0, count - inputs.length)) {
      const input = toInput(one, { suffix, originals, standIn });
      if (one.message?.id !== undefined && one.repeats === undefined) originals.set(one.message.id, input);
      inputs.push(input);
    }
  }
  return inputs;
}

function toInput(
  sample: Sample,
  context: { suffix: string; originals: ReadonlyMap<string, DemoInput>; standIn: boolean },
): DemoInput {
  const { message, repeats, name } = sample;
  const original = repeats === undefined ? undefined : context.originals.get(repeats);
  if (repeats !== undefined && original === undefined) throw new Error(`"${name}" repeats an unknown id: ${repeats}`);
  if (original !== undefined && message === undefined) {
    return { ...original, name, expect: sample.expect, wave: 2 };
  }
  const id = message?.id === undefined ? undefined : message.id + context.suffix;
  const value =
    message === undefined ? (sample.raw ?? null) : JSON.stringify(id === undefined ? message : { ...message, id });
  const steered = value?.includes('[stand-in:') === true;
  return {
    name,
    id,
    type: message?.type ?? '?',
    tenant: message?.tenant ?? '',
    priority: message?.priority,
    key: sample.key ?? id ?? null,
    value,
    expect: steered && !context.standIn ? { kind: 'any' } : sample.expect,
    wave: original === undefined ? 1 : 2,
  };
}

import { numberAbove, oneOf, UsageError, wholeNumber } from '../option-values.ts';
import type { OptionValues } from '../options.ts';
import { MIX_NAMES, type MixName } from './mix.ts';
import { WARM_UP_SECONDS } from './call-figures.ts';

export interface LimitsOptions {
  /** `llm` worker processes; of the comparison, consumer processes. */
  readonly workers: number;
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  /** From the first call on. */
  readonly seconds: number;
  readonly mix: MixName;
  /** How the pipeline knows the limits: told by its configuration, or by nothing but the provider's headers. */
  readonly limits: 'configured' | 'headers';
  /** Of the provider's limits, in the order of time. */
  readonly changes: readonly LimitChange[];
  /** Absent: nobody is killed. */
  readonly killEverySeconds: number | undefined;
  readonly comparison: boolean;
}

export interface LimitChange {
  /** After the first call. */
  readonly atSecond: number;
  /** Of what the limits are then. */
  readonly factor: number;
}

const MOST_A_MINUTE = 100_000_000;

/** @throws {UsageError} */
export function parseLimitsOptions(values: Partial<OptionValues>): LimitsOptions {
  const seconds = numberAbove('seconds', values.seconds ?? '60', WARM_UP_SECONDS);
  const perMinute = (name: 'requests-per-minute' | 'tokens-per-minute', fallback: string) =>
    wholeNumber(name, values[name] ?? fallback, { min: 1, max: MOST_A_MINUTE });
  const killEvery = values['kill-every'];
  return {
    workers: wholeNumber('workers', values.workers ?? '3', { min: 1, max: 100 }),
    requestsPerMinute: perMinute('requests-per-minute', '600'),
    tokensPerMinute: perMinute('tokens-per-minute', '60000'),
    seconds,
    mix: oneOf('mix', values.mix ?? 'mixed', MIX_NAMES),
    limits: oneOf('limits', values.limits ?? 'configured', ['configured', 'headers']),
    changes: (values['change-at'] ?? [])
      .map((text) => toChange(text, seconds))
      .sort((one, other) => one.atSecond - other.atSecond),
    killEverySeconds: killEvery === undefined ? undefined : numberAbove('kill-every', killEvery, 0),
    comparison: values['no-comparison'] !== true,
  };
}

function toChange(text: string, seconds: number): LimitChange {
  const [, at, by] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const change = { atSecond: Number(at), factor: Number(by) };
  if (at === undefined || change.factor <= 0 || change.factor > 100 || change.atSecond >= seconds) {
    const bounds = `S below ${String(seconds)}, FACTOR above 0, up to 100`;
    throw new UsageError(`--change-at takes SECOND:FACTOR, as in 60:0.5 (${bounds}).`);
  }
  return change;
}

import { FAULTS, type Fault } from './faults.ts';
import { formatDuration } from './rate-limits.ts';

/**
 * Directives steer single prompts from inside their text, so that a sample file shows what will happen to each message:
 * `[stand-in: 429 retry-after=2]`, `[stand-in: 503 times=2]`, `[stand-in: latency-ms=5000]`.
 *
 * A fault says when to come back with `retry-after=` (seconds, or nonsense) or `retry-after-date=` (seconds), `retry-after-ms=`,
 * `x-ms-retry-after-ms=`, or `limit-reset=` (seconds; only the headers of an exhausted limit).
 */
export interface Directive {
  readonly fault?: { readonly name: string } & Fault;
  /** How many calls with the same prompt the fault hits. */
  readonly times: number;
  /** Of the response with the fault. */
  readonly headers: Readonly<Record<string, string>>;
  readonly latencyMs?: number;
}

const DIRECTIVE = /\[stand-in:([^\]\n]{1,200})\]/g;
/** What a provider can say about when to come back. */
const HEADERS: Readonly<Record<string, (value: string) => Record<string, string>>> = {
  'retry-after': (value) => ({ 'retry-after': value }),
  // An HTTP date has whole seconds: the next one, not to say too little.
  'retry-after-date': (value) => ({
    'retry-after': new Date(Date.now() + Number(value) * 1_000 + 999).toUTCString(),
  }),
  'retry-after-ms': (value) => ({ 'retry-after-ms': value }),
  'x-ms-retry-after-ms': (value) => ({ 'x-ms-retry-after-ms': value }),
  'limit-reset': (value) => ({
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': formatDuration(Number(value) * 1_000),
  }),
};
const PARAMETERS = ['times', 'latency-ms', ...Object.keys(HEADERS)];
/** Prompts whose directives are counted; the oldest are forgotten first. */
const MAX_COUNTED_PROMPTS = 100_000;

export function withoutDirectives(text: string): string {
  return text.includes('[stand-in:') ? text.replace(DIRECTIVE, '').trim() : text;
}

/** @throws {Error} for a name or parameter nobody knows: a misspelt directive would otherwise test nothing. */
export function parseDirectives(text: string): Directive[] {
  if (!text.includes('[stand-in:')) return [];
  return [...text.matchAll(DIRECTIVE)].map(([, words = '']) => parseDirective(words.trim().split(/\s+/)));
}

function parseDirective(words: readonly string[]): Directive {
  const names = words.filter((word) => !word.includes('='));
  const parameters = new Map(words.filter((word) => word.includes('=')).map((word) => splitOnce(word)));
  const [name] = names;
  const fault = name === undefined ? undefined : FAULTS[name];
  const wrong = [
    ...names.filter((word, index) => index > 0 || !(word in FAULTS)),
    ...[...parameters].filter(([key, value]) => !PARAMETERS.includes(key) || !isValue(key, value)).flat(),
  ];
  if (wrong.length > 0) {
    const known = `${Object.keys(FAULTS).join(', ')}; with ${PARAMETERS.join('=, ')}=`;
    throw new Error(`The stand-in has no directive "${wrong.join(' ')}". Known: ${known}`);
  }
  const latencyMs = parameters.get('latency-ms');
  return {
    ...(name !== undefined && fault !== undefined && { fault: { name, ...fault } }),
    times: Number(parameters.get('times') ?? (fault?.lasting === true ? Infinity : 1)),
    headers: Object.assign({}, ...[...parameters].map(([key, value]) => HEADERS[key]?.(value))) as Record<
      string,
      string
    >,
    ...(latencyMs !== undefined && { latencyMs: Number(latencyMs) }),
  };
}

/** A number, but for the header in which providers were seen to write other things. */
function isValue(key: string, value: string): boolean {
  return (key === 'retry-after' ? /^[\w.-]+$/ : /^\d+(\.\d+)?$/).test(value);
}

function splitOnce(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

export interface DirectiveCounter {
  /** The directive whose fault hits this call, if any is left for the prompt. Counts the hit. */
  next(promptHash: string, directives: readonly Directive[]): Directive | undefined;
  reset(): void;
}

export function createDirectiveCounter(): DirectiveCounter {
  const hits = new Map<string, number>();
  return {
    next(promptHash, directives) {
      for (const [index, directive] of directives.entries()) {
        if (directive.fault === undefined) continue;
        const key = `${promptHash}/${String(index)}`;
        const hit = hits.get(key) ?? 0;
        if (hit >= directive.times) continue;
        hits.set(key, hit + 1);
        if (hits.size > MAX_COUNTED_PROMPTS) hits.delete(hits.keys().next().value ?? key);
        return directive;
      }
      return undefined;
    },
    reset: () => {
      hits.clear();
    },
  };
}

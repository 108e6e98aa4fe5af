/** What can be lifted out of a text without understanding it. Each member is computed when first asked for. */
export interface TextFacts {
  readonly text: string;
  readonly sentences: readonly string[];
  readonly emails: readonly string[];
  readonly urls: readonly string[];
  readonly dates: readonly string[];
  readonly phones: readonly string[];
  readonly numbers: readonly number[];
  /** Numbers beside a currency. */
  readonly amounts: readonly number[];
  /** Two or three capitalised words in a row. */
  readonly names: readonly string[];
  /** The most frequent words that say something, at most eight. */
  readonly keywords: readonly string[];
}

/** Facts come from the start of a text only: the patterns must stay cheap beside a benchmark. */
const MAX_CHARS = 8_000;
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}';
const DATE = new RegExp(
  `\\b\\d{4}-\\d{2}-\\d{2}\\b|\\b\\d{1,2}\\.? ${MONTH} \\d{4}\\b|\\b${MONTH} \\d{1,2}, \\d{4}\\b|\\b\\d{1,2}[/.]\\d{1,2}[/.]\\d{4}\\b`,
  'g',
);
const NUMBER = /\d[\d,]{0,15}(?:\.\d{1,6})?/g;
const AMOUNT =
  /(?:[€$£]|\b(?:EUR|USD|GBP) ?)(\d[\d,]{0,15}(?:\.\d{1,2})?)|(\d[\d,]{0,15}(?:\.\d{1,2})?) ?(?:€|EUR|USD|GBP|dollars|euros)/g;
const DULL = new Set(
  'about after also been before being could does each every from have here into just like more most must only other over please said shall should some such than that their them then there these they this those through under very want were what when where which while will with would your'.split(
    ' ',
  ),
);

export function createTextFacts(fullText: string): TextFacts {
  const text = fullText.slice(0, MAX_CHARS);
  const all = (pattern: RegExp) => [...new Set(text.match(pattern) ?? [])].slice(0, 50);
  return lazy({
    text: () => text,
    sentences: () => sentencesOf(text),
    emails: () => all(/\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}\b/g),
    urls: () => all(/https?:\/\/[^\s"'<>)\]]{1,500}/g),
    dates: () => all(DATE),
    phones: () => all(/\+\d[\d ()-]{6,18}\d|\b0\d{2,4}[ /-]\d[\d -]{4,12}\d\b/g),
    numbers: () => all(NUMBER).map(toNumber),
    amounts: () => [...text.matchAll(AMOUNT)].slice(0, 50).map(([, before, after]) => toNumber(before ?? after ?? '')),
    names: () => all(/\b[A-Z][a-z]{1,20} [A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20})?\b/g),
    keywords: () => keywordsOf(text),
  });
}

const toNumber = (digits: string): number => Number(digits.replaceAll(',', '')) || 0;

function sentencesOf(text: string): string[] {
  const flat = text.replace(/\s+/g, ' ').trim();
  return (flat.match(/[^.!?]{1,1000}[.!?]*/g) ?? []).map((sentence) => sentence.trim()).filter((s) => s.length > 1);
}

function keywordsOf(text: string): string[] {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/\p{L}{4,30}/gu) ?? []) {
    if (!DULL.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 8)
    .map(([word]) => word);
}

function lazy<T extends object>(compute: { [Key in keyof T]: () => T[Key] }): T {
  const facts: Partial<T> = {};
  for (const [name, make] of Object.entries<() => unknown>(compute)) {
    Object.defineProperty(facts, name, {
      configurable: true,
      get() {
        const value = make();
        Object.defineProperty(facts, name, { value });
        return value;
      },
    });
  }
  return facts as T;
}

import { isRecord } from './chat-request.ts';
import { chooseLabel } from './labels.ts';
import type { TextFacts } from './text-facts.ts';

type Schema = Readonly<Record<string, unknown>>;
interface Place {
  /** The property's name, which is the best hint at what belongs there. */
  readonly name: string;
  /** The whole document: where `$ref` points into. */
  readonly root: Schema;
  readonly facts: TextFacts;
  readonly depth: number;
}

/** Deeper schemas are cut with null: a recursive one would never end. */
const MAX_DEPTH = 12;

/** A value that satisfies the JSON Schema, with what the text offers in the places whose names ask for it. */
export function fillSchema(schema: unknown, facts: TextFacts): unknown {
  const root = isRecord(schema) ? schema : {};
  return fill(root, { name: '', root, facts, depth: 0 });
}

function fill(raw: unknown, place: Place): unknown {
  if (place.depth > MAX_DEPTH) return null;
  const schema = resolve(raw, place);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return chooseOf(schema['enum'], place);
  const types = typesOf(schema);
  const type = types.find((candidate) => candidate !== 'null') ?? types[0];
  if (types.includes('null') && type === 'string' && isMissing(schema, place)) return null;
  switch (type) {
    case 'object':
      return fillObject(schema, place);
    case 'array':
      return fillArray(schema, place);
    case 'integer':
    case 'number':
      return fillNumber(schema, { place, whole: type === 'integer' });
    case 'boolean':
      return place.facts.text.toLowerCase().includes(wordsOf(place.name)[1] ?? wordsOf(place.name)[0] ?? '?');
    case 'null':
      return null;
    default:
      return fillString(schema, place);
  }
}

/** Follows `$ref`, merges `allOf`, and takes the first alternative that is not null. */
function resolve(raw: unknown, place: Place): Schema {
  let schema: Schema = isRecord(raw) ? raw : {};
  for (let step = 0; step < MAX_DEPTH && typeof schema['$ref'] === 'string'; step += 1) {
    const path = schema['$ref'].replace(/^#\/?/, '').split('/').filter(Boolean);
    const target = path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), place.root);
    schema = isRecord(target) ? target : {};
  }
  const parts = Array.isArray(schema['allOf']) ? schema['allOf'].map((part) => resolve(part, place)) : [];
  const alternatives: unknown = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(alternatives)) {
    const resolved = alternatives.map((alternative) => resolve(alternative, place));
    const isNull = (alternative: Schema) => alternative['type'] === 'null';
    const chosen = resolved.find((alternative) => !isNull(alternative)) ?? resolved[0] ?? {};
    const nullable = resolved.some(isNull) && typeof chosen['type'] === 'string';
    parts.push(nullable ? { ...chosen, type: [chosen['type'], 'null'] } : chosen);
  }
  return parts.reduce((merged, part) => ({ ...merged, ...part, ...mergedObject(merged, part) }), schema);
}

function mergedObject(one: Schema, other: Schema): Schema {
  const properties = { ...asRecord(one['properties']), ...asRecord(other['properties']) };
  return Object.keys(properties).length === 0 ? {} : { properties };
}

const asRecord = (value: unknown): Schema => (isRecord(value) ? value : {});
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const wordsOf = (name: string) =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);

function typesOf(schema: Schema): unknown[] {
  if (Array.isArray(schema['type'])) return schema['type'];
  if (schema['type'] !== undefined) return [schema['type']];
  if ('properties' in schema) return ['object'];
  return 'items' in schema ? ['array'] : ['string'];
}

function chooseOf(values: unknown[], { facts }: Place): unknown {
  const labels = values.filter((value) => typeof value === 'string');
  return labels.length === 0 ? values[0] : chooseLabel(labels, facts.text);
}

function fillObject(schema: Schema, place: Place): unknown {
  const properties = asRecord(schema['properties']);
  const names = new Set([
    ...Object.keys(properties),
    ...asList(schema['required']).filter((n) => typeof n === 'string'),
  ]);
  const additional = isRecord(schema['additionalProperties']) ? schema['additionalProperties'] : { type: 'string' };
  const entries = [...names].map((name) => {
    const value = fill(properties[name] ?? additional, { ...place, name, depth: place.depth + 1 });
    return [name, value];
  });
  return Object.fromEntries(entries) as unknown;
}

function fillArray(schema: Schema, place: Place): unknown {
  const items = resolve(schema['items'], place);
  const least = asNumber(schema['minItems']) ?? 0;
  const most = asNumber(schema['maxItems']) ?? 10;
  const found = typesOf(items).includes('string') && !('enum' in items) ? candidates(items, place) : [];
  const values: unknown[] = found.slice(0, Math.min(most, Math.max(least, 5)));
  while (values.length < Math.max(least, Math.min(1, most)))
    values.push(fill(items, { ...place, depth: place.depth + 1 }));
  return values;
}

function fillNumber(schema: Schema, { place, whole }: { place: Place; whole: boolean }): number {
  const exclusiveLeast = asNumber(schema['exclusiveMinimum']);
  const exclusiveMost = asNumber(schema['exclusiveMaximum']);
  const step = asNumber(schema['multipleOf']) ?? (whole ? 1 : 0);
  const least =
    asNumber(schema['minimum']) ?? (exclusiveLeast === undefined ? -Infinity : exclusiveLeast + (step || 0.001));
  const most =
    asNumber(schema['maximum']) ?? (exclusiveMost === undefined ? Infinity : exclusiveMost - (step || 0.001));
  const hints = wordsOf(place.name);
  const money = ['amount', 'total', 'price', 'cost', 'sum'].some((word) => hints.includes(word));
  const share = ['confidence', 'score', 'probability'].some((word) => hints.includes(word)) ? [0.9] : [];
  const offered = [...share, ...(money ? place.facts.amounts : []), ...place.facts.numbers];
  const fits = (value: number) => value >= least && value <= most && (step === 0 || value % step === 0);
  const fallback = Number.isFinite(least) ? least : Math.min(0, most);
  return offered.find(fits) ?? (step === 0 ? fallback : Math.ceil(fallback / step) * step);
}

/** By the property's name, or else its format, where the text is looked into. First match wins. */
const HINTS: readonly (readonly [RegExp, (facts: TextFacts) => readonly string[]])[] = [
  [/e-?mail|sender|recipient/i, (facts) => facts.emails],
  [/date|deadline|due|day|when/i, (facts) => facts.dates],
  [/url|uri|link|website/i, (facts) => facts.urls],
  [/phone|tel$|mobile/i, (facts) => facts.phones],
  [/name|person|author|customer|contact|who/i, (facts) => facts.names],
  [/amount|total|price|cost|number|order|invoice/i, (facts) => facts.numbers.map(String)],
  [/keyword|tag|topic|categor|subject|entit/i, (facts) => facts.keywords],
];
const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-01',
  'date-time': '2026-01-01T00:00:00Z',
  time: '00:00:00Z',
  email: 'nobody@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

const hintFor = ({ name }: Place) => HINTS.find(([pattern]) => pattern.test(name))?.[1];

/** The text has nothing of the kind the name asks for, so a nullable place stays empty. */
const isMissing = (schema: Schema, place: Place): boolean =>
  hintFor(place) !== undefined && candidates(schema, place).length === 0;

function candidates(schema: Schema, place: Place): string[] {
  const offered = hintFor(place)?.(place.facts) ?? place.facts.keywords;
  return offered.filter((text) => fitsString(text, schema));
}

function fitsString(text: string, schema: Schema): boolean {
  if (text.length < (asNumber(schema['minLength']) ?? 0)) return false;
  if (text.length > (asNumber(schema['maxLength']) ?? Infinity)) return false;
  if (typeof schema['pattern'] === 'string' && !new RegExp(schema['pattern'], 'u').test(text)) return false;
  if (schema['format'] === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(text);
  return !(typeof schema['format'] === 'string' && schema['format'] in FORMATS) || schema['format'] === 'email';
}

function fillString(schema: Schema, place: Place): string {
  const fallback = typeof schema['format'] === 'string' ? FORMATS[schema['format']] : undefined;
  const sentence = place.facts.sentences[0]?.slice(0, 200) ?? '';
  const offered = [...(hintFor(place)?.(place.facts) ?? []), ...(fallback === undefined ? [sentence] : [fallback])];
  const found = offered.find((text) => fitsString(text, schema) || text === fallback);
  if (found !== undefined) return found;
  const least = asNumber(schema['minLength']) ?? 0;
  return sentence.slice(0, asNumber(schema['maxLength']) ?? 200).padEnd(least, '.');
}

import type { JsonObject, JsonValue } from '../contracts/completion.ts';

/** What OpenAI's strict mode is documented to take. With any other keyword it answers 400. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...['$schema', '$ref', '$defs', 'definitions', 'title', 'description', 'type', 'enum', 'const', 'anyOf'],
  ...['properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
]);
/** OpenAI documents 10 levels of objects; a level of objects can be two or three levels of schema. */
const MAX_DEPTH = 10;

/**
 * Whether a JSON Schema may be sent with `strict: true`: an object at the root and, everywhere in it, only known keywords,
 * objects whose properties are all required, and `additionalProperties: false`. In doubt no: without strict mode the
 * model may stray from the schema, which is checked anyway; with it a schema that does not qualify fails the call.
 */
export function qualifiesForStrict(schema: JsonObject): boolean {
  return schema['type'] === 'object' && schema['anyOf'] === undefined && qualifies(schema, 0);
}

function qualifies(schema: JsonValue | undefined, depth: number): boolean {
  if (!isObject(schema) || depth > MAX_DEPTH) return false;
  return (
    Object.keys(schema).every((keyword) => KEYWORDS.has(keyword)) &&
    (!describesObject(schema) || isClosed(schema)) &&
    subschemasOf(schema).every((subschema) => qualifies(subschema, depth + 1))
  );
}

function describesObject(schema: JsonObject): boolean {
  const type = schema['type'];
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || schema['properties'] !== undefined;
}

function isClosed(schema: JsonObject): boolean {
  const { properties = {}, required = [] } = schema;
  return (
    schema['additionalProperties'] === false &&
    isObject(properties) &&
    Array.isArray(required) &&
    Object.keys(properties).every((name) => required.includes(name))
  );
}

function subschemasOf(schema: JsonObject): (JsonValue | undefined)[] {
  const { items, anyOf = [] } = schema;
  return [
    ...['properties', '$defs', 'definitions'].flatMap((keyword) => {
      const named = schema[keyword] ?? {};
      return isObject(named) ? Object.values(named) : [undefined];
    }),
    ...(Array.isArray(anyOf) ? anyOf : [undefined]),
    ...(items === undefined ? [] : [items]),
  ];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

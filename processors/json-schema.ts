import { Validator } from '@cfworker/json-schema';
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../contracts/completion.ts';

/**
 * JSON Schemas that come in messages, and so from anyone: only what can be checked in bounded time is taken. It is the part
 * of draft 2020-12 that providers' structured output knows. Left out on purpose: `pattern`, because a regular expression
 * can keep a worker's only thread busy for hours; remote and recursive `$ref`; and whatever changes how `$ref` resolves.
 */
interface JsonSchema {
  readonly $ref?: string | undefined;
  readonly $defs?: Subschemas;
  readonly definitions?: Subschemas;
  readonly properties?: Subschemas;
  readonly additionalProperties?: boolean | JsonSchema | undefined;
  readonly items?: JsonSchema | undefined;
  readonly prefixItems?: JsonSchema[] | undefined;
  readonly anyOf?: JsonSchema[] | undefined;
  readonly oneOf?: JsonSchema[] | undefined;
  readonly allOf?: JsonSchema[] | undefined;
  readonly not?: JsonSchema | undefined;
}
type Subschemas = Readonly<Record<string, JsonSchema>> | undefined;

const LOCAL_REF = /^#\/(\$defs|definitions)\/([\w.-]+)$/;
/** Those whose check takes time linear in the value's length. */
const FORMATS = ['date-time', 'date', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'] as const;

const typeName = z.enum(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);
const count = z.int().min(0);
const subschema: z.ZodType<JsonSchema> = z.lazy(() => keywords);
const map = z.record(z.string(), subschema);
const list = z.array(subschema).min(1);

const keywords = z
  .strictObject({
    $schema: z.string(),
    $comment: z.string(),
    title: z.string(),
    description: z.string(),
    default: z.json(),
    examples: z.array(z.json()),
    $defs: map,
    definitions: map,
    $ref: z.string().regex(LOCAL_REF, 'must be "#/$defs/<name>"'),
    type: z.union([typeName, z.array(typeName).min(1)]),
    enum: z.array(z.json()).min(1),
    const: z.json(),
    properties: map,
    required: z.array(z.string()),
    additionalProperties: z.union([z.boolean(), subschema]),
    minProperties: count,
    maxProperties: count,
    items: subschema,
    prefixItems: list,
    minItems: count,
    maxItems: count,
    uniqueItems: z.boolean(),
    anyOf: list,
    oneOf: list,
    allOf: list,
    not: subschema,
    minimum: z.number(),
    maximum: z.number(),
    exclusiveMinimum: z.number(),
    exclusiveMaximum: z.number(),
    multipleOf: z.number().positive(),
    minLength: count,
    maxLength: count,
    format: z.enum(FORMATS),
  })
  .partial();

/** Checks a JSON Schema whose values are objects: that it is one, that it is small, and that it compiles. */
export const objectSchemaSchema: z.ZodType<JsonObject> = z
  .record(z.string(), z.json())
  .superRefine((schema, context) => {
    const parsed = keywords.safeParse(schema);
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
      return;
    }
    const problem = schema['type'] === 'object' ? problemOf(parsed.data) : 'must be of type "object"';
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

const MAX_SUBSCHEMAS = 500;
const MAX_DEPTH = 20;

/**
 * Follows every `$ref`, as a check of a value would: two references a level are enough to make a page of schema take for
 * ever, so the bound is on the schema with its references written out.
 */
function problemOf(root: JsonSchema): string | undefined {
  let seen = 0;

  function visit(schema: JsonSchema, open: readonly JsonSchema[]): string | undefined {
    if (open.includes(schema)) return 'must not be recursive';
    if (open.length === MAX_DEPTH) return `must not be nested deeper than ${String(MAX_DEPTH)}`;
    if (++seen > MAX_SUBSCHEMAS) {
      return `must not have more than ${String(MAX_SUBSCHEMAS)} parts, references written out`;
    }
    for (const child of childrenOf(schema)) {
      const problem = visit(child, [...open, schema]);
      if (problem !== undefined) return problem;
    }
    if (schema.$ref === undefined) return undefined;
    const target = resolve(root, schema.$ref);
    return target === undefined ? `$ref "${schema.$ref}" leads nowhere` : visit(target, [...open, schema]);
  }

  return visit(root, []) ?? compileProblem(root);
}

function childrenOf(schema: JsonSchema): JsonSchema[] {
  const { properties = {}, additionalProperties, items, not, prefixItems = [] } = schema;
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  return [
    ...Object.values(properties),
    additionalProperties,
    items,
    not,
    ...prefixItems,
    ...anyOf,
    ...oneOf,
    ...allOf,
  ].filter((child) => typeof child === 'object');
}

function resolve(root: JsonSchema, ref: string): JsonSchema | undefined {
  const [, keyword, name = ''] = LOCAL_REF.exec(ref) ?? [];
  const definitions = (keyword === '$defs' ? root.$defs : root.definitions) ?? {};
  return Object.hasOwn(definitions, name) ? definitions[name] : undefined;
}

function compileProblem(schema: JsonSchema): string | undefined {
  try {
    validatorOf(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The library interprets schemas: no code is generated. It marks the schema object it is given, hence the copy. */
function validatorOf(schema: object): Validator {
  return new Validator(structuredClone(schema), '2020-12', false);
}

const MAX_PROBLEMS = 5;
/** Errors that only say that a part does not hold, which has an error of its own. */
const WRAPPERS: ReadonlySet<string> = new Set(['$ref', 'properties', 'items', 'prefixItems', 'allOf', 'false']);

/** What of a value does not fit the schema, one short sentence each; empty when it does. */
export function problemsWith(value: JsonValue, schema: JsonObject): string[] {
  const { errors } = validatorOf(schema).validate(value);
  const own = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
  return (own.length > 0 ? own : errors)
    .slice(0, MAX_PROBLEMS)
    .map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}

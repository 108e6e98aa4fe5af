import { z } from 'zod';
import type { JsonObject } from '../../../contracts/completion.ts';
import { objectSchemaSchema, problemsWith } from '../../../processors/json-schema.ts';

const object = (more: object) => ({ type: 'object', ...more });
const nested = (depth: number): JsonObject =>
  depth === 0 ? { type: 'string' } : { type: 'object', properties: { a: nested(depth - 1) } };
/** Two references a level: 2^levels parts when written out. */
const doubling = (levels: number) => {
  const $defs: Record<string, JsonObject> = { d0: { type: 'string' } };
  for (let level = 1; level <= levels; level += 1) {
    const ref = { $ref: `#/$defs/d${String(level - 1)}` };
    $defs[`d${String(level)}`] = { anyOf: [ref, ref] };
  }
  return object({ $defs, properties: { a: { $ref: `#/$defs/d${String(levels)}` } } });
};

test.each<[string, unknown]>([
  ['an empty one', object({})],
  [
    'what schema generators write',
    object({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Order',
      properties: {
        id: { type: 'string', format: 'uuid', description: 'The order.' },
        lines: { type: 'array', items: { $ref: '#/$defs/Line' }, minItems: 1, uniqueItems: true },
        note: { anyOf: [{ type: 'string', maxLength: 100 }, { type: 'null' }], default: null },
        kind: { enum: ['a', 'b', null] },
        constructor: { type: 'string' },
      },
      required: ['id', 'lines'],
      additionalProperties: false,
      $defs: { Line: object({ properties: { price: { type: ['number', 'null'], minimum: 0, multipleOf: 0.01 } } }) },
    }),
  ],
  ['deep within the bound', nested(18)],
  ['references within the bound', doubling(6)],
])('takes %s', (_, schema) => {
  expect(objectSchemaSchema.safeParse(schema)).toMatchObject({ success: true, data: schema });
});

test.each<[string, unknown, RegExp]>([
  ['no object', { type: 'string' }, /"object"/],
  ['no type', { properties: {} }, /"object"/],
  ['a remote reference', object({ properties: { a: { $ref: 'https://example.org/s' } } }), /#\/\$defs/],
  ['a reference to nothing', object({ properties: { a: { $ref: '#/$defs/b' } } }), /leads nowhere/],
  ['a reference to the prototype', object({ $defs: {}, items: { $ref: '#/$defs/constructor' } }), /leads nowhere/],
  ['a recursive one', object({ $defs: { a: { items: { $ref: '#/$defs/a' } } }, $ref: '#/$defs/a' }), /recursive/],
  ['exponential references', doubling(8), /more than 500 parts/],
  ['too deep a nest', nested(25), /deeper than 20/],
  ['a regular expression', object({ properties: { a: { type: 'string', pattern: '(a+)+$' } } }), /pattern/],
  ['another base for references', object({ $id: 'https://example.org/' }), /\$id/],
  ['a wrong keyword value', object({ required: 5 }), /array/],
  ['a format nobody checks', object({ properties: { a: { format: 'regex' } } }), /Invalid option/],
])('refuses %s', (_, schema, problem) => {
  const { error } = objectSchemaSchema.safeParse(schema);
  expect(error && z.prettifyError(error)).toMatch(problem);
});

test('leaves the schema it checks against as it was', () => {
  const schema = Object.freeze({ type: 'object', properties: Object.freeze({}) });
  expect(problemsWith({}, schema)).toEqual([]);
});

test('names at most five problems, each at its place', () => {
  const schema = { type: 'object', additionalProperties: { type: 'number' } };
  const problems = problemsWith(Object.fromEntries('abcdefg'.split('').map((key) => [key, key])), schema);
  expect(problems).toHaveLength(5);
  expect(problems.join()).toContain('#/a: Instance type "string"');
});

import type { JsonObject } from '../../../contracts/completion.ts';
import { qualifiesForStrict } from '../../../providers/strict-schema.ts';

const closed = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});
const text: JsonObject = { type: 'string' };

describe('strict mode is asked for', () => {
  it.each<[string, JsonObject]>([
    ['a closed object', closed({ a: text, b: { type: ['string', 'null'] } })],
    ['an empty closed object', closed({})],
    ['closed objects inside', closed({ a: closed({ b: { type: 'array', items: closed({ c: text }) } }) })],
    ['alternatives', closed({ a: { anyOf: [text, closed({ b: text })] } })],
    ['definitions', closed({ a: { $ref: '#/$defs/x' } }, { $defs: { x: closed({ b: { enum: ['u', 'v'] } }) } })],
    ['a property named like a keyword', closed({ oneOf: text, pattern: text })],
  ])('with %s', (_, schema) => {
    expect(qualifiesForStrict(schema)).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['an optional property', closed({ a: text }, { required: [] })],
    ['further properties', closed({ a: text }, { additionalProperties: true })],
    ['nothing said of further properties', { type: 'object', properties: { a: text }, required: ['a'] }],
    ['an array at the root', { type: 'array', items: text }],
    ['alternatives at the root', closed({ a: text }, { anyOf: [text] })],
    ['an open object in a property', closed({ a: { type: 'object' } })],
    ['an open object in an array', closed({ a: { type: 'array', items: { type: 'object', properties: {} } } })],
    ['an open object in an alternative', closed({ a: { anyOf: [text, { type: ['object', 'null'] }] } })],
    ['an open object in a definition', closed({ a: text }, { $defs: { x: { properties: { b: text } } } })],
    ['a keyword it does not take', closed({ a: { type: 'string', minLength: 1 } })],
    ['a schema that is true', closed({ a: true })],
    ['properties that are no object', { type: 'object', properties: [], additionalProperties: false }],
  ])('but not with %s', (_, schema) => {
    expect(qualifiesForStrict(schema)).toBe(false);
  });

  it('but not with a depth that OpenAI refuses', () => {
    let schema: JsonObject = text;
    for (let level = 0; level < 100; level++) schema = closed({ deeper: schema });
    expect(qualifiesForStrict(schema)).toBe(false);
  });
});

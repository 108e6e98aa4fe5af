import { performance } from 'node:perf_hooks';
import { template } from '../../../processors/template.ts';

test.each<[string, Record<string, unknown>, string]>([
  ['Dear {{name}}, {{ count }} new', { name: 'Ada', count: 3 }, 'Dear Ada, 3 new'],
  ['{{a}}{{a}}', { a: false }, 'falsefalse'],
  ['no placeholder, { braces } and }} stay', {}, 'no placeholder, { braces } and }} stay'],
  ['{{a}}', { a: '{{b}}', b: 'never' }, '{{b}}'],
  ['{{a}}', { a: "$& $1 $'" }, "$& $1 $'"],
  ['{{user.name}}', { 'user.name': 'x' }, 'x'],
])('%j is filled', (text, values, filled) => {
  const payload = { template: text, values };
  expect(template.problemWith(payload)).toBeUndefined();
  expect(template.preprocess(payload, [])).toEqual({ kind: 'output', output: { text: filled } });
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['{{name}}', {}, /\{\{name\}\} has no value/],
  ['{{constructor}} {{__proto__}}', {}, /\{\{constructor\}\} has no value[^]*\{\{__proto__\}\} has no value/],
  ['{{first name}}', { 'first name': 'x' }, /no placeholder/],
  ['{{}}', {}, /no placeholder/],
  ['{{a}}', { a: { toString: 'x' } }, /values\.a/],
  ['{{a}}', { a: null }, /values\.a/],
  ['', {}, /template/],
])('%j with %j is refused', (text, values, problem) => {
  expect(template.problemWith({ template: text, values })).toMatch(problem);
});

test('a template that would grow to gigabytes is refused before it is built', () => {
  const payload = { template: '{{a}}'.repeat(20_000), values: { a: 'x'.repeat(150_000) } };
  const start = performance.now();
  expect(template.problemWith(payload)).toMatch(/above 4194304 bytes/);
  expect(performance.now() - start).toBeLessThan(2_000);
});

test('it never asks the model', () => {
  expect(() => template.finish('text', { messages: [], maxOutputTokens: 1 })).toThrow(/never asks/);
});

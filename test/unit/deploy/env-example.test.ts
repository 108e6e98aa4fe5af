import { environmentSchema } from '../../../config/schema.ts';
import { read } from './project.ts';

/** The lines that set something; commented ones belong to other programs. */
const listed = Object.fromEntries(
  read('.env.example')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
/** The one thing that has no default and cannot be left out. */
const key = { OPENAI_API_KEY: 'a key' };
const defaults: Readonly<Record<string, unknown>> = { ...environmentSchema.parse(key), OPENAI_API_KEY: undefined };

describe('.env.example', () => {
  test('lists every variable of the pipeline, in the same order, and no other', () => {
    expect(Object.keys(listed)).toEqual(Object.keys(environmentSchema.shape));
  });

  test('has the values that hold when nothing is set', () => {
    expect({ ...environmentSchema.parse({ ...listed, ...key }), OPENAI_API_KEY: undefined }).toEqual(defaults);
  });

  test('leaves empty exactly what has no default', () => {
    const empty = Object.keys(listed).filter((name) => listed[name] === '');
    expect(empty).toEqual(Object.keys(listed).filter((name) => defaults[name] === undefined));
  });
});

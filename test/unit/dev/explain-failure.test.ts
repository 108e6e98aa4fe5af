import { parseOptions } from '../../../dev/demo/options.ts';
import { parseDevOptions } from '../../../dev/dev/options.ts';
import { explainFailure } from '../../../dev/explain-failure.ts';
import { StackError } from '../../../dev/stack/tools.ts';
import { ConfigurationError } from '../../../lifecycle/errors.ts';

function errorOf(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was wrong');
}

describe('a program that cannot go on', () => {
  it.each<[number, string, Error]>([
    [78, 'a wrong configuration', new ConfigurationError('A: is wrong\nB: is, too')],
    [64, 'a wrong option', errorOf(() => parseDevOptions(['--nonsense']))],
    [64, 'a wrong option of the demo', errorOf(() => parseOptions(['--nonsense']))],
    [1, 'a server that is missing', new StackError('Java is missing')],
  ])('ends with %d by %s, and says so without a stack', (exitCode, _what, error) => {
    expect(explainFailure(error)).toEqual({ exitCode, text: error.message });
  });

  it('ends with 1 by a defect, and shows where it is', () => {
    const { exitCode, text } = explainFailure(new TypeError('x is not a function'));
    expect(exitCode).toBe(1);
    expect(text).toContain('explain-failure.test.ts');
  });
});

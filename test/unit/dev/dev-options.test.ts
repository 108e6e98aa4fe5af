import { parseDevOptions } from '../../../dev/dev/options.ts';

describe('the options of npm run dev', () => {
  it('reads ports as numbers and leaves out what was not given', () => {
    expect(parseDevOptions(['--kafka-port', '19092', '--data-dir=/tmp/x'])).toEqual({
      kafkaPort: 19092,
      dataDir: '/tmp/x',
    });
  });

  it('knows when only the list is wanted', () => {
    expect(parseDevOptions(['--help'])).toEqual({ help: true });
  });

  it.each([['--kafka', '1'], ['surplus'], ['--ui-port', 'http'], ['--llm-port', '70000'], ['--temporal-port']])(
    'refuses %s %s and lists what it knows',
    (...args) => {
      expect(() => parseDevOptions(args)).toThrow(/\.\nKnown options:\n {2}--kafka-port N/);
    },
  );
});

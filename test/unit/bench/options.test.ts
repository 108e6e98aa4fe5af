import { parseBenchOptions } from '../../../bench/options.ts';
import { UsageError } from '../../../bench/option-values.ts';

const problemOf = (...args: string[]): string => {
  try {
    parseBenchOptions(args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return '';
};

describe('options of the benchmark', () => {
  it('defaults to a backlog of 2,000 messages with a 200 ms LLM', () => {
    expect(parseBenchOptions([])).toEqual({
      mode: 'backlog',
      messages: 2_000,
      rate: 20,
      seconds: 30,
      llmLatencyMs: 200,
      llmConcurrency: undefined,
      separate: false,
      json: false,
      help: false,
    });
  });

  it('takes what each mode needs', () => {
    const steady = ['--mode', 'steady', '--rate', '2.5', '--seconds', '10', '--llm-latency-ms', '0'];
    expect(parseBenchOptions(steady)).toMatchObject({ mode: 'steady', rate: 2.5, seconds: 10, llmLatencyMs: 0 });
    expect(parseBenchOptions(['--messages=50', '--llm-concurrency', '7', '--json', '--separate'])).toMatchObject({
      messages: 50,
      llmConcurrency: 7,
      json: true,
      separate: true,
    });
  });

  it('names every unknown option and the known ones in one error', () => {
    const problem = problemOf('--mesages', '5', '--jsno');
    expect(problem).toContain('--mesages, 5, --jsno');
    expect(problem).toContain('--messages, --rate');
    expect(problem).not.toContain('\n');
  });

  it('refuses an option the mode would silently ignore', () => {
    expect(problemOf('--mode', 'steady', '--messages', '5')).toBe('--mode steady does not take --messages.');
    expect(problemOf('--rate', '5', '--seconds', '3')).toBe('--mode backlog does not take --rate, --seconds.');
  });

  it.each([
    [['--mode', 'fast'], '--mode takes one of backlog, steady.'],
    [['--messages', '0'], '--messages takes a whole number'],
    [['--messages', '1e3'], '--messages takes a whole number'],
    [['--messages', '1.5'], '--messages takes a whole number'],
    [['--mode', 'steady', '--rate', '0'], '--rate takes a number above 0'],
    [['--mode', 'steady', '--rate', 'x'], '--rate takes a number above 0'],
    [['--llm-latency-ms', '-1'], 'llm-latency-ms'],
    [['--llm-concurrency', '2001'], '--llm-concurrency takes a whole number from 1 to 2000'],
    [['--messages'], '--messages'],
    [['--json=yes'], '--json'],
  ])('refuses %j', (args, expected) => {
    expect(problemOf(...args)).toContain(expected);
  });
});

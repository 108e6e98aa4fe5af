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
      limits: {
        workers: 3,
        requestsPerMinute: 600,
        tokensPerMinute: 60_000,
        seconds: 60,
        mix: 'mixed',
        limits: 'configured',
        changes: [],
        killEverySeconds: undefined,
        comparison: true,
      },
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

  it('takes what the mode limits needs, changes in the order of their time', () => {
    const run = ['--mode', 'limits', '--workers', '6', '--requests-per-minute=300', '--tokens-per-minute=9000'];
    const events = ['--change-at', '120:2', '--change-at', '60.5:0.5', '--kill-every', '30', '--no-comparison'];
    const how = ['--seconds', '300', '--mix', 'long', '--limits', 'headers', '--llm-latency-ms', '900'];
    expect(parseBenchOptions([...run, ...events, ...how])).toMatchObject({
      mode: 'limits',
      llmLatencyMs: 900,
      limits: {
        workers: 6,
        requestsPerMinute: 300,
        tokensPerMinute: 9_000,
        seconds: 300,
        mix: 'long',
        limits: 'headers',
        changes: [
          { atSecond: 60.5, factor: 0.5 },
          { atSecond: 120, factor: 2 },
        ],
        killEverySeconds: 30,
        comparison: false,
      },
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
    expect(problemOf('--mode', 'limits', '--separate', '--rate', '5')).toBe(
      '--mode limits does not take --rate, --separate.',
    );
    expect(problemOf('--workers', '2', '--no-comparison')).toBe(
      '--mode backlog does not take --workers, --no-comparison.',
    );
  });

  it.each([
    [['--mode', 'fast'], '--mode takes one of backlog, steady, limits.'],
    [['--messages', '0'], '--messages takes a whole number'],
    [['--messages', '1e3'], '--messages takes a whole number'],
    [['--messages', '1.5'], '--messages takes a whole number'],
    [['--mode', 'steady', '--rate', '0'], '--rate takes a number above 0'],
    [['--mode', 'steady', '--rate', 'x'], '--rate takes a number above 0'],
    [['--mode', 'limits', '--workers', '0'], '--workers takes a whole number'],
    [['--mode', 'limits', '--tokens-per-minute', '1.5'], '--tokens-per-minute takes a whole number'],
    [['--mode', 'limits', '--seconds', '10'], '--seconds takes a number above 10'],
    [['--mode', 'limits', '--mix', 'huge'], '--mix takes one of short, mixed, long.'],
    [['--mode', 'limits', '--limits', 'guess'], '--limits takes one of configured, headers.'],
    [['--mode', 'limits', '--kill-every', '0'], '--kill-every takes a number above 0'],
    [['--mode', 'limits', '--change-at', '30'], '--change-at takes SECOND:FACTOR'],
    [['--mode', 'limits', '--change-at', '30:0'], 'FACTOR above 0'],
    [['--mode', 'limits', '--change-at', '60:2'], 'S below 60'],
    [['--llm-latency-ms', '-1'], 'llm-latency-ms'],
    [['--llm-concurrency', '2001'], '--llm-concurrency takes a whole number from 1 to 2000'],
    [['--messages'], '--messages'],
    [['--json=yes'], '--json'],
  ])('refuses %j', (args, expected) => {
    expect(problemOf(...args)).toContain(expected);
  });
});

import { superviseProcess } from '../../../dev/dev/supervisor.ts';
import type { ExitStatus } from '../../../dev/stack/child-process.ts';
import type { PipelineProcess } from '../../../dev/stack/pipeline-process.ts';

/** A process that runs until it is stopped or `end` is called. */
function fakeProcess() {
  let end: (status: ExitStatus) => void = () => undefined;
  const exited = new Promise<ExitStatus>((resolve) => {
    end = resolve;
  });
  const stop = jest.fn(() => {
    end({ code: 0, signal: null });
    return Promise.resolve(0);
  });
  const process: PipelineProcess = {
    pid: 1,
    metricsUrl: '',
    logFile: '/nonexistent',
    exited,
    ready: () => Promise.resolve(),
    stop,
    kill: () => Promise.resolve(),
  };
  return { process, end, stop };
}

/** Lets everything that is ready to run do so. */
const settle = () => jest.advanceTimersByTimeAsync(0);

function setUp() {
  const started: ReturnType<typeof fakeProcess>[] = [];
  const lines: string[] = [];
  const supervisor = superviseProcess({
    start: () => {
      started.push(fakeProcess());
      return Promise.resolve(at(started, -1).process);
    },
    onProgress: (line) => lines.push(line),
  });
  return { started, lines, supervisor };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items.at(index);
  if (item === undefined) throw new Error(`There is no item ${String(index)}.`);
  return item;
}

describe('the supervisor of npm run dev', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('starts a process that crashed again after a second', async () => {
    const { started, lines, supervisor } = setUp();
    await supervisor;
    at(started, 0).end({ code: 70, signal: null });
    await jest.advanceTimersByTimeAsync(999);
    expect(started).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(started).toHaveLength(2);
    expect(lines).toEqual([expect.stringContaining('The pipeline ended (70)')]);
  });

  it('leaves a process with a wrong configuration until the code changes', async () => {
    const { started, supervisor } = setUp();
    const { restart } = await supervisor;
    at(started, 0).end({ code: 78, signal: null });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(1);
    await restart();
    expect(started).toHaveLength(2);
  });

  it('drains the old process before it starts the new one, and takes that for no crash', async () => {
    const { started, lines, supervisor } = setUp();
    const { restart } = await supervisor;
    await restart();
    expect(at(started, 0).stop).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(2);
    expect(lines).toEqual([]);
  });

  it('does not start a second process when a change comes while it waits after a crash', async () => {
    const { started, supervisor } = setUp();
    const { restart } = await supervisor;
    at(started, 0).end({ code: null, signal: 'SIGKILL' });
    await settle();
    await restart();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(2);
  });

  it('starts nothing after it was stopped', async () => {
    const { started, supervisor } = setUp();
    const { restart, stop } = await supervisor;
    await stop();
    await restart();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(1);
    expect(at(started, 0).stop).toHaveBeenCalledTimes(1);
  });
});

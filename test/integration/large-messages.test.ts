import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';

jest.setTimeout(180_000);

const MB = 1024 * 1024;
let bed: PipelineBed;
let standalone: PipelineProcess;
beforeAll(async () => {
  bed = await openPipelineBed('large', { partitions: 2 });
  standalone = await bed.start('main.js');
});
afterAll(() => bed.close());

const words = (bytes: number) => 'All work and no play makes Jack a dull boy. '.repeat(bytes / 44);

it('a message of 5 MB is answered', async () => {
  const value = JSON.stringify({ id: 'large', type: 'summarize', payload: { text: words(5 * MB) } });
  await bed.send({ value });
  const result = await bed.resultOf('large', { timeoutMs: 60_000 });
  expect(headerText(result, 'message-id')).toBe('large');
  expect(standalone.pid).toBeGreaterThan(0);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(90_000);

const folder = mkdtempSync(join(tmpdir(), 'examples-'));
let bed: PipelineBed;
let sent = 0;
beforeAll(async () => {
  bed = await openPipelineBed('examples');
  writeExamples('ham');
  await bed.start('main.js', { env: { EXAMPLES_SOURCE: folder, EXAMPLES_REFRESH_INTERVAL: '2s' } });
});
afterAll(async () => {
  await bed.close();
  rmSync(folder, { recursive: true });
});

const labels = ['spam', 'ham'];
function writeExamples(label: string) {
  const examples = [{ input: { text: 'The minutes of Monday are attached.', labels }, output: { label } }];
  writeFileSync(join(folder, 'classify.json'), JSON.stringify({ examples }));
}

/** The version of the examples that a message gets which is sent now. */
async function versionInUse(): Promise<string | undefined> {
  sent += 1;
  const id = `m-${String(sent)}`;
  await bed.send({ value: JSON.stringify({ id, type: 'classify', payload: { text: `Mail ${id}`, labels } }) });
  return (JSON.parse(String((await bed.resultOf(id)).value)) as ResultMessage).examplesVersion;
}
const aVersion = (what: string, isIt: (version: string) => boolean) =>
  waitUntil(what, async () => {
    const version = await versionInUse();
    return version !== undefined && isIt(version) && version;
  });

/** Refreshes that ended in this way, the newest first. */
async function refreshRuns(status: 'Completed' | 'Failed') {
  const runs = bed.client.workflow.list({
    query: `WorkflowType = 'refreshExamples' AND ExecutionStatus = '${status}'`,
  });
  const found = [];
  for await (const run of runs) found.push(run);
  return found;
}

it('a changed file comes into use with the next scheduled refresh, without a restart', async () => {
  const first = await aVersion('the first examples', () => true);
  expect(first).toMatch(/^sha256-[0-9a-f]+$/);
  expect(await versionInUse()).toBe(first);
  writeExamples('spam');
  const second = await aVersion('another version', (version) => version !== first);
  // The name is made of the content, not of the time.
  writeExamples('ham');
  await aVersion('the first version again', (version) => version === first);
  expect(second).toMatch(/^sha256-[0-9a-f]+$/);
});

it('a bad file fails the refresh with the reason, and the old examples stay in use', async () => {
  const before = await aVersion('examples', () => true);
  writeExamples('neither');
  const [failed] = await waitUntil('a failed refresh', async () => {
    const runs = await refreshRuns('Failed');
    return runs.length > 0 && runs;
  });
  const handle = bed.client.workflow.getHandle(failed!.workflowId, failed!.runId);
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'Examples.BadSource', message: expect.stringMatching(/classify\.json.*label/s) as string },
  });
  expect(await versionInUse()).toBe(before);

  const failures = (await refreshRuns('Failed')).length;
  writeExamples('spam');
  await aVersion('the mended file', (version) => version !== before);
  expect(failures).toBeGreaterThan(0);
});

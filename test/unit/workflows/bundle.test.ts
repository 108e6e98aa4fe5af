import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const logger = new DefaultLogger('ERROR');

test('the workflows bundle without anything that is not deterministic, and without zod', async () => {
  const { code } = await bundleWorkflowCode({ workflowsPath: path('../../../workflows/index.ts'), logger });
  expect(code).toContain('processMessage');
  expect(code).not.toContain('node_modules/zod');
}, 60_000);

test('a module that is not deterministic is caught however deep it hides', async () => {
  const complaints: string[] = [];
  const listening = new DefaultLogger('ERROR', ({ message }) => complaints.push(message));
  // It derives workflow IDs with node:crypto, for the bridge.
  const leaking = path('../../../contracts/message-id.ts');
  await expect(bundleWorkflowCode({ workflowsPath: leaking, logger: listening })).rejects.toThrow();
  expect(complaints.join('\n')).toContain('crypto');
}, 60_000);

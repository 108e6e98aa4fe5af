import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { BUNDLE_FILE, BUNDLE_OPTIONS } from './workflow-bundle.ts';

/** Run by `npm run build`, from `dist/`: bundles the compiled workflows, and fails when they import what is not deterministic. */
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
  ...BUNDLE_OPTIONS,
});
await writeFile(fileURLToPath(new URL(`../${BUNDLE_FILE}`, import.meta.url)), code);

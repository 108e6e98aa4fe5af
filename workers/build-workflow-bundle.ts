import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { FAILURE_CONVERTER } from '../temporal/data-converter.ts';
import { BUNDLE_FILES, BUNDLE_OPTIONS } from './workflow-bundle.ts';

/** Run by `npm run build`, from `dist/`: bundles the compiled workflows, and fails when they import what is not deterministic. */
const converters = { plainFailures: {}, encryptedFailures: { failureConverterPath: FAILURE_CONVERTER } };
for (const failures of Object.keys(BUNDLE_FILES) as (keyof typeof BUNDLE_FILES)[]) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
    ...BUNDLE_OPTIONS,
    ...converters[failures],
  });
  await writeFile(fileURLToPath(new URL(`../${BUNDLE_FILES[failures]}`, import.meta.url)), code);
}

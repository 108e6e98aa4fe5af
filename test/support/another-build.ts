import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { findProjectRoot } from '../../dev/stack/project-root.ts';
import { BUNDLE_FILES, BUNDLE_OPTIONS } from '../../workers/workflow-bundle.ts';

export interface AnotherBuild {
  /** As `PipelineProcessOptions.build` takes it. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** The project's build with the workflows of another file. */
export async function makeBuild(workflowsPath: string): Promise<AnotherBuild> {
  const root = findProjectRoot();
  const folder = await mkdtemp(join(tmpdir(), 'llm-kafka-pipeline-build-'));
  await cp(join(root, 'dist'), folder, { recursive: true });
  // What the compiled modules look for above themselves.
  for (const name of ['node_modules', 'package.json']) await symlink(join(root, name), join(folder, name));
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    ...BUNDLE_OPTIONS,
    logger: new DefaultLogger('ERROR'),
  });
  await writeFile(join(folder, BUNDLE_FILES.plainFailures), code);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

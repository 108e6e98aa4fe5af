// Run by npm after every install. Without development packages there is nothing to apply patches with: the pipeline works unpatched, it
// takes more CPU. (The image is built with them, and pruned afterwards.)
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

let patchPackage;
try {
  patchPackage = fileURLToPath(import.meta.resolve('patch-package/index.js'));
} catch {
  process.stderr.write(
    'patch-package is not installed: the packages stay as published, and a message costs more CPU.\n',
  );
}
if (patchPackage !== undefined) {
  process.exitCode = spawnSync(process.execPath, [patchPackage], { stdio: 'inherit' }).status ?? 1;
}

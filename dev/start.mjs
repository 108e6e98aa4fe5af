// `npm start`: the standalone as it was built. Nothing is installed or compiled here; production gets what was tested.
import { existsSync } from 'node:fs';

const standalone = new URL('../dist/main.js', import.meta.url);
if (existsSync(standalone)) await import(standalone.href);
else {
  process.stderr.write('There is no build: run `npm run build` first.\n');
  process.exitCode = 1;
}

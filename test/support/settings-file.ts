import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file with these settings (JSON, which is YAML as well), in the system's temporary folder. Returns its path. */
export function aSettingsFile(settings: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'settings.json');
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

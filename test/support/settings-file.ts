import { temporaryFile } from './temporary-folder.ts';

/** A file with these settings (JSON, which is YAML as well), gone when the test file ends. Returns its path. */
export const aSettingsFile = (settings: unknown) => temporaryFile('settings.json', JSON.stringify(settings));

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A hash of names and contents. Not of modification times: a checkout or copy changes those without changing a byte.
 *
 * @param {string} root
 * @param {string[]} files relative to `root`; missing ones count as such
 * @returns {string}
 */
export function fingerprint(root, files) {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    const path = join(root, file);
    hash.update(`${file}\0`);
    hash.update(existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'missing');
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {{ skip: string[], endings: string[] }} options `skip`: folders directly below `root`; hidden ones are skipped anyway
 * @returns {string[]} paths relative to `root`, with `/`
 */
export function filesBelow(root, { skip, endings }) {
  const found = [];
  const visit = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith('.') || skip.includes(path)) continue;
      if (entry.isDirectory()) visit(path);
      else if (endings.some((ending) => entry.name.endsWith(ending))) found.push(path);
    }
  };
  visit('');
  return found;
}

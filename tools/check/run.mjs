import { readdirSync } from 'node:fs';
import { readTree } from './tree.mjs';

const HELPERS = new Set(['run.mjs', 'scan.mjs', 'tree.mjs']);

/**
 * Runs every check of this folder over the repository at `root`.
 *
 * @param {string} root
 * @returns {Promise<{files: number, violations: {rule: string, title: string, text: string}[]}>} `text` starts with path:line
 */
export async function runChecks(root) {
  const tree = readTree(root);
  const violations = [];
  for (const name of readdirSync(new URL('.', import.meta.url)).sort()) {
    if (HELPERS.has(name)) continue;
    const { check, title } = await import(new URL(name, import.meta.url).href);
    for (const { path, line, message } of check(tree))
      violations.push({ rule: name.replace('.mjs', ''), title, text: `${path}${line === undefined ? '' : `:${line}`}  ${message}` });
  }
  return { files: tree.files.length, violations };
}

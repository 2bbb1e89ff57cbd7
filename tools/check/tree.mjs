import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { lineAt, scan } from './scan.mjs';

const SKIPPED = new Set(['.git', 'node_modules', 'dist', 'coverage', 'out', '.demo', '.fuzz']);
const TEXT = new Set(['', '.css', '.html', '.js', '.json', '.md', '.mjs', '.sh', '.sql', '.ts', '.yaml', '.yml']);
const CODE = new Set(['.js', '.mjs', '.ts']);

/**
 * One text file of the repository.
 *
 * @typedef {object} SourceFile
 * @property {string} path relative to the root, with `/`
 * @property {string} text
 * @property {boolean} isCode TypeScript or JavaScript
 * @property {string | undefined} pkg folder name under `packages/`, where it lies in one
 * @property {string} place path inside that package (`src/node/hash.ts`), or `path`
 * @property {ReturnType<typeof scan>} scanned code, strings and comments apart (code files only)
 * @property {(at: number) => number} line
 */

/**
 * Reads every text file below `root`; built, installed and generated folders are left out.
 *
 * @param {string} root
 * @returns {{root: string, files: SourceFile[], packages: Map<string, {manifest: any, at: string}>, exists: (path: string) => boolean, json: (path: string) => any}}
 */
export function readTree(root) {
  const files = [];
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // In a linked work tree .git is a file.
      if (SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) {
        if (path !== 'docs/vectors') walk(path);
      } else if (entry.isFile() && TEXT.has(extname(entry.name))) files.push(sourceFile(root, path));
    }
  };
  walk('');
  files.sort((a, b) => (a.path < b.path ? -1 : 1));

  const json = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const packages = new Map();
  for (const { path } of files) {
    const name = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1];
    if (name !== undefined) packages.set(name, { manifest: json(path), at: path });
  }
  return { root, files, packages, json, exists: (path) => existsSync(join(root, path)) };
}

function sourceFile(root, path) {
  const text = readFileSync(join(root, path), 'utf8');
  const [, pkg, inside] = /^packages\/([^/]+)\/(.+)$/.exec(path) ?? [];
  let scanned;
  return {
    path,
    text,
    pkg,
    place: inside ?? path,
    isCode: CODE.has(extname(path)),
    line: (at) => lineAt(text, at),
    get scanned() {
      return (scanned ??= scan(text));
    },
  };
}

/** Whether the file is built into its package (`src/**`), not a test or a tool. */
export function isSource(file) {
  return file.isCode && file.pkg !== undefined && file.place.startsWith('src/');
}

/** Whether a source file may use Node (`src/node/**`, `*.node.ts`); all other sources run in a browser. */
export function isNodeOnly(file) {
  return file.place.startsWith('src/node/') || file.place.endsWith('.node.ts');
}

/** Whether the file is a test or belongs to tests. */
export function isTest(file) {
  return /(^|\/)test\//.test(file.path);
}

import { posix } from 'node:path';
import { imports } from './scan.mjs';
import { isSource } from './tree.mjs';

export const title = 'imports name their file, exports name their names';

const SCOPES = /^(packages\/[^/]+\/(src|test)|test|bench)\//;

/** Relative imports end in the file's own extension and lead to a file (scripts may lead into a build); no source exports by `*`. */
export function check(tree) {
  const found = [];
  for (const file of tree.files.filter(({ isCode, path }) => isCode && SCOPES.test(path))) {
    const problem = (at, message) => found.push({ path: file.path, line: file.line(at), message });
    const stars = isSource(file) ? file.scanned.code.matchAll(/\bexport\s*\*/g) : [];
    for (const { index } of stars) problem(index, 'export * hides what is public');
    for (const { at, specifier } of imports(file.scanned)) {
      if (!/^\.\.?(\/|$)/.test(specifier) || (file.path.endsWith('.mjs') && specifier.includes('/dist/'))) continue;
      if (!/\.(ts|mjs|json)$/.test(specifier)) problem(at, `relative import without its extension ('${specifier}')`);
      else if (!tree.exists(posix.join(posix.dirname(file.path), specifier))) problem(at, `no such file ('${specifier}')`);
    }
  }
  return found;
}

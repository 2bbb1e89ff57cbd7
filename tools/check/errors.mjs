import { BELOW } from './arrow.mjs';
import { isSource } from './tree.mjs';

export const title = 'every error code has a meaning and a use';

/** Where a package keeps its table; a package that is Node only keeps it with the rest. */
const TABLES = new Set(['src/errors.ts', 'src/node/errors.ts']);
const CODE = /^ERR_[A-Z0-9_]+$/;
/** jose's own codes, which callers of it compare with. */
const FOREIGN = /^ERR_(?:JOSE|JWE|JWK|JWKS|JWS|JWT)_/;
const MENTION = /\bERR_[A-Z0-9]+(?:_[A-Z0-9]+)*(?![A-Z0-9_…*])/g;

/**
 * A package's codes stand in the table of its `errors.ts`, in alphabetical order; its sources use those codes or a lower
 * package's, comments and pages mention only codes that exist, and a code that nothing uses is no code.
 */
export function check(tree) {
  const tables = readTables(tree);
  const found = [...tables.values()].flatMap(({ path, codes }) => tableProblems(path, codes, tables));
  const everywhere = new Set([...tables.values()].flatMap(({ codes }) => [...codes.keys()]));
  const used = new Set();

  for (const file of tree.files) {
    for (const { at, code } of usesIn(file)) {
      used.add(code);
      const within = [file.pkg, ...(BELOW[file.pkg] ?? [])];
      if (!within.some((pkg) => tables.get(pkg)?.codes.has(code)))
        found.push({ path: file.path, line: file.line(at), message: `${code} is not in the error table of ${within.join(', ')}` });
    }
    for (const { at, code } of mentionsIn(file))
      if (!everywhere.has(code)) found.push({ path: file.path, line: file.line(at), message: `${code} is in no error table` });
  }
  for (const { path, codes } of tables.values())
    for (const [code, line] of codes) if (!used.has(code)) found.push({ path, line, message: `nothing uses ${code}` });
  return found;
}

function readTables(tree) {
  const tables = new Map();
  for (const file of tree.files.filter(({ pkg, place }) => pkg !== undefined && TABLES.has(place))) {
    const rows = [...file.scanned.code.matchAll(/^ {2}(ERR_[A-Z0-9_]+):/gm)];
    tables.set(file.pkg, {
      path: file.path,
      codes: new Map(rows.map(({ 0: text, 1: code, index }) => [code, file.line(index + text.length)])),
    });
  }
  return tables;
}

function tableProblems(path, codes, tables) {
  const found = [];
  let before = '';
  for (const [code, line] of codes) {
    if (code < before) found.push({ path, line, message: `${code} is out of alphabetical order` });
    const other = [...tables.values()].find((table) => table.path < path && table.codes.has(code));
    if (other !== undefined) found.push({ path, line, message: `${code} has a meaning in ${other.path} already` });
    before = code;
  }
  return found;
}

/** String literals that are codes, in sources other than the table itself. */
function usesIn(file) {
  if (!isSource(file) || TABLES.has(file.place)) return [];
  return file.scanned.strings.filter(({ value }) => CODE.test(value) && !FOREIGN.test(value)).map(({ at, value }) => ({ at, code: value }));
}

/** Codes in the comments of sources and in the pages. */
function mentionsIn(file) {
  const texts = isSource(file) ? file.scanned.comments : file.path.endsWith('.md') ? [{ at: 0, value: file.text }] : [];
  return texts.flatMap(({ at, value }) => [...value.matchAll(MENTION)].map(({ 0: code, index }) => ({ at: at + index, code })));
}

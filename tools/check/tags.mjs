import { posix } from 'node:path';
import { imports } from './scan.mjs';
import { isSource } from './tree.mjs';

export const title = 'what strangers call says what it takes, how it fails and how it looks in use';

const FUNCTION = /^(export )?(?:async )?function\*? (\w+)/gm;
const REFUSES = /\brefuse\(|\bthrow new ProofError\(/;
/** Every caller has it, and the seam documents it. */
const ENGINE = 'engine';

/**
 * Exported functions of proof-core, unless marked `@internal`, have an `@example`, name each parameter (`@param`, or in backticks) and, where
 * they or what they call refuse data, have `@throws`. What catches is not followed; `inspect*` throws for nothing in the data.
 */
export function check(tree) {
  const functions = new Map();
  for (const file of tree.files.filter((each) => isSource(each) && each.pkg === 'proof-core'))
    for (const found of functionsOf(file)) if (found.body !== '' || !functions.has(found.key)) functions.set(found.key, found);
  return [...functions.values()].flatMap(({ file, at, name, exported, doc, parameters, key }) => {
    if (!exported || doc === undefined || doc.includes('@internal')) return [];
    const missing = parameters
      .filter((each) => each !== ENGINE && !new RegExp(`@param ${each}\\b|\`${each}\\b`).test(doc))
      .map((each) => `@param ${each}`);
    if (!doc.includes('@example')) missing.push('@example');
    if (!doc.includes('@throws') && !name.startsWith('inspect') && canRefuse(key, functions)) missing.push('@throws');
    return missing.map((tag) => ({ path: file.path, line: file.line(at), message: `${name} has no ${tag}` }));
  });
}

function functionsOf(file) {
  const { code, comments } = file.scanned;
  const from = new Map();
  for (const { specifier, at } of imports(file.scanned).filter(({ specifier: each }) => each.startsWith('.')))
    for (const name of code.slice(code.lastIndexOf('import', at), at).match(/\w+/g) ?? [])
      from.set(name, posix.join(posix.dirname(file.path), specifier));
  return [...code.matchAll(FUNCTION)].map(({ 0: head, 1: exported, 2: name, index: at }) => {
    const open = at + head.length + code.slice(at + head.length).indexOf('(');
    const close = closing(code, open);
    const end = code.indexOf('\n}', close);
    const isOverload = /^[^\n{]*;\n/.test(code.slice(close));
    const doc = comments.find(({ at: start, value }) => start + value.length + 1 === at && value.startsWith('/**'))?.value;
    const body = isOverload ? '' : code.slice(open, end);
    return {
      key: `${file.path}#${name}`,
      file,
      at,
      name,
      exported,
      doc,
      body,
      from,
      parameters: parameterNames(code.slice(open + 1, close)),
    };
  });
}

function closing(code, open) {
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    if ('([{'.includes(code[at])) depth += 1;
    else if (')]}'.includes(code[at]) && --depth === 0) return at;
  }
  return code.length;
}

/** The names in a parameter list, those of patterns and of types left out. */
function parameterNames(list) {
  const names = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= list.length; at += 1) {
    if ('([{<'.includes(list[at])) depth += 1;
    else if (')]}'.includes(list[at]) || (list[at] === '>' && list[at - 1] !== '=')) depth -= 1;
    else if (at === list.length || (list[at] === ',' && depth === 0)) {
      const name = /^\s*(?:\.\.\.)?(\w+)/.exec(list.slice(start, at))?.[1];
      if (name !== undefined) names.push(name);
      start = at + 1;
    }
  }
  return names;
}

function canRefuse(key, functions, seen = new Set()) {
  const found = functions.get(key);
  if (found === undefined || seen.has(key)) return false;
  seen.add(key);
  if (REFUSES.test(found.body)) return true;
  if (/\btry \{/.test(found.body)) return false;
  return [...found.body.matchAll(/(?<![.\w])(\w+)\(/g)].some(({ 1: called }) => {
    const own = `${found.file.path}#${called}`;
    return canRefuse(functions.has(own) ? own : `${found.from.get(called)}#${called}`, functions, seen);
  });
}

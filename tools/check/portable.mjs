import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { imports } from './scan.mjs';
import { isNodeOnly, isSource } from './tree.mjs';

export const title = 'plain sources run in a browser, adapters import no client';

const BUILTINS = new Set(builtinModules);
// A name that code may also give to something of its own counts only where it is used as Node's.
const NODE_GLOBALS =
  /(?<![\w$.])(Buffer\b|__dirname\b|__filename\b|(?:set|clear)Immediate\b|(?:process|global)(?=\s*(?:\?\.|[.[]))|require(?=\s*\())/g;

/**
 * Outside `src/node/**` and `*.node.ts`: no Node module, no Node global, nothing that leads there.
 * Third-party clients are optional peers: only Node code loads them, by `import()` of the client or of the folder that needs it;
 * adapters know none, not even its types.
 */
export function check(tree) {
  const found = [];
  const needsPeer = filesThatNeedPeers(tree);
  for (const file of tree.files.filter(isSource)) {
    const manifest = tree.packages.get(file.pkg)?.manifest ?? {};
    for (const entry of imports(file.scanned)) {
      const message = importProblem(file, entry, manifest);
      if (message !== undefined) found.push({ path: file.path, line: file.line(entry.at), message });
    }
    found.push(...eagerImports(file, needsPeer));
    if (isNodeOnly(file)) continue;
    for (const { 0: text, index } of file.scanned.code.matchAll(NODE_GLOBALS))
      found.push({ path: file.path, line: file.line(index), message: `browser-safe code uses ${text}` });
  }
  return found;
}

function importProblem(file, { specifier }, manifest) {
  const isBuiltin = specifier.startsWith('node:') || BUILTINS.has(specifier.split('/')[0]);
  if (isBuiltin && !isNodeOnly(file)) return `browser-safe code imports ${specifier}`;
  if (isBuiltin && !specifier.startsWith('node:')) return `write node:${specifier}`;
  if (isBuiltin || specifier.startsWith('#')) return undefined;
  if (!isNodeOnly(file) && (/(^|\/)node\//.test(specifier) || specifier.endsWith('.node.ts')))
    return `browser-safe code imports Node code ('${specifier}')`;
  if (specifier.startsWith('.')) return undefined;

  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const isOurs = name.startsWith('@countersign/');
  if (file.place.startsWith('src/adapters/') && !isOurs) return `an adapter imports a third-party module ('${specifier}')`;
  if (manifest.dependencies?.[name] !== undefined || name === manifest.name) return undefined;
  const isPeer = manifest.peerDependencies?.[name] !== undefined || manifest.optionalDependencies?.[name] !== undefined;
  if (!isPeer) return `'${name}' is no dependency of this package`;
  return isNodeOnly(file) ? undefined : `browser-safe code imports the optional '${name}'`;
}

/** Files that cannot be loaded without an optional peer: they import it, or such a file, statically. */
function filesThatNeedPeers(tree) {
  const needy = new Set();
  for (let before = -1; before < needy.size;) {
    before = needy.size;
    for (const file of tree.files.filter(isSource)) {
      const { peerDependencies = {}, optionalDependencies = {} } = tree.packages.get(file.pkg)?.manifest ?? {};
      const optional = Object.keys({ ...peerDependencies, ...optionalDependencies });
      const needs = ({ specifier, kind }) =>
        kind === 'static' &&
        (optional.some((name) => specifier === name || specifier.startsWith(`${name}/`)) || needy.has(targetOf(file, specifier)));
      if (imports(file.scanned).some(needs)) needy.add(file.path);
    }
  }
  return needy;
}

/** Such a file may be imported statically from its own folder only; everybody else loads it when it is needed. */
function eagerImports(file, needsPeer) {
  return imports(file.scanned)
    .filter(({ specifier, kind }) => kind === 'static' && needsPeer.has(targetOf(file, specifier)))
    .filter(({ specifier }) => posix.dirname(targetOf(file, specifier)) !== posix.dirname(file.path))
    .map(({ at, specifier }) => ({
      path: file.path,
      line: file.line(at),
      message: `'${specifier}' needs an optional package: load it by import()`,
    }));
}

function targetOf(file, specifier) {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : undefined;
}

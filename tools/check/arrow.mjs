import { posix } from 'node:path';
import { imports } from './scan.mjs';
import { isSource } from './tree.mjs';

export const title = 'packages depend on each other in one direction only';

const SCOPE = '@countersign/';
/** For each package, those it may depend on. */
export const BELOW = {
  'proof-core': [],
  'audit-chain': ['proof-core'],
  'signer-registry': ['proof-core'],
  'verify-cli': ['proof-core', 'audit-chain', 'signer-registry'],
  'marketplace-service': ['proof-core', 'audit-chain', 'signer-registry'],
};

/** Sources, package manifests and project references all repeat the arrow of `docs/design/structure.md`. */
export function check(tree) {
  const found = [];
  for (const [name, { manifest, at }] of tree.packages) {
    const below = BELOW[name];
    if (below === undefined) found.push({ path: at, message: `package ${name} has no place in the arrow` });
    else found.push(...manifestViolations(manifest, at, below), ...referenceViolations(tree, name, below));
  }
  for (const file of tree.files.filter(isSource)) {
    for (const { at, specifier } of imports(file.scanned)) {
      const target = targetPackage(file, specifier);
      if (target === undefined || target === file.pkg || BELOW[file.pkg]?.includes(target)) continue;
      found.push({ path: file.path, line: file.line(at), message: `${file.pkg} may not import ${target} ('${specifier}')` });
    }
  }
  return found;
}

/** The package a specifier leads to; relative ones must stay inside their own. */
function targetPackage(file, specifier) {
  if (specifier.startsWith(SCOPE)) return specifier.slice(SCOPE.length).split('/')[0];
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.join(posix.dirname(file.path), specifier);
  return path.startsWith(`packages/${file.pkg}/`) ? undefined : (/^packages\/([^/]+)/.exec(path)?.[1] ?? path);
}

function manifestViolations(manifest, at, below) {
  const names = ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  return names
    .filter((name) => name.startsWith(SCOPE) && !below.includes(name.slice(SCOPE.length)))
    .map((name) => ({ path: at, message: `may not depend on ${name}` }));
}

function referenceViolations(tree, name, below) {
  const found = [];
  const named = new Set();
  const configs = tree.files.filter(
    ({ path }) => posix.dirname(path) === `packages/${name}` && /^tsconfig.*\.json$/.test(posix.basename(path)),
  );
  for (const { path } of configs) {
    for (const reference of tree.json(path).references ?? []) {
      const target = /^packages\/([^/]+)/.exec(posix.join(posix.dirname(path), reference.path))?.[1];
      named.add(target);
      if (target !== name && !below.includes(target)) found.push({ path, message: `may not reference ${reference.path}` });
    }
  }
  const manifest = tree.packages.get(name).manifest;
  for (const lower of below) {
    if (manifest.dependencies?.[SCOPE + lower] !== undefined && !named.has(lower))
      found.push({ path: `packages/${name}/tsconfig.json`, message: `depends on ${lower} but no tsconfig references it` });
  }
  return found;
}

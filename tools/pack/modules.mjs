import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { build } from 'esbuild';

/** Modules of Node that take longer to load than most of ours, by what they are for. */
const SLOW = new Map([
  ...['dns', 'http', 'http2', 'https', 'net', 'tls'].map((name) => [`node:${name}`, 'network']),
  ...['readline/promises', 'stream', 'stream/promises', 'worker_threads', 'zlib'].map((name) => [`node:${name}`, 'streams']),
]);

/**
 * @typedef {object} Module a module of a package
 * @property {string} name its path in `dist` without `.js`
 * @property {readonly string[]} names what it exports
 * @property {boolean} isThread whether it is run for what it does: it exports nothing, and is not empty
 * @property {string} file the bundle that it goes into, below `bundle`
 * @property {ReadonlySet<string>} needs what is loaded before it runs: other packages, and what is slow to load of Node
 */

/**
 * @typedef {object} Bundled a package that has bundles
 * @property {string} folder where it is staged
 * @property {ReadonlyMap<string, Module>} modules by their names
 * @property {ReadonlySet<string>} dependencies the packages that it depends on, and those that these depend on
 * @property {(specifier: string) => Module} find the module that an import of a subpath leads to
 */

/** What esbuild is told whenever it reads a staged package. */
export const options = (folder) => ({
  absWorkingDir: folder,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  charset: 'utf8',
  write: false,
  logLevel: 'error',
  logLimit: 3,
});

/** `dist/a/b.js` is the module `a/b`. */
export const nameOf = (path) => path.slice('dist/'.length, -'.js'.length);

/** The package that an import is of, without what is behind its name. */
export const packageOf = (specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)[0];

/**
 * Reads a staged package: its modules, each with the bundle that it is to go into. Modules with the same needs share one.
 *
 * @param {string} folder package.json and dist, the export map not yet told of bundles
 * @param {ReadonlyMap<string, Bundled>} bundled the packages that it depends on and that have bundles, by name
 * @returns {Promise<Bundled>}
 */
export async function readPackage(folder, bundled) {
  const { name, exports, dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const paths = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .map((path) => `dist/${path.split(sep).join('/')}`)
    .sort();
  const { metafile } = await build({ ...options(folder), entryPoints: paths, outdir: folder, metafile: true });
  const outputs = new Map(Object.values(metafile.outputs).map((output) => [output.entryPoint, output]));
  const modules = paths.map((path) => {
    const needs = needsOf(path, metafile.inputs, bundled);
    const names = outputs.get(path).exports.toSorted();
    const isThread = names.length === 0 && outputs.get(path).inputs[path].bytesInOutput > 0;
    return { name: nameOf(path), names, isThread, needs, file: fileFor(needs, bundled) };
  });
  const byName = new Map(modules.map((module) => [module.name, module]));
  return {
    folder,
    modules: byName,
    dependencies: new Set(Object.keys(dependencies).flatMap((each) => [each, ...(bundled.get(each)?.dependencies ?? [])])),
    find(specifier) {
      const subpath = `.${specifier.slice(name.length)}`;
      const target = exports[subpath]?.default ?? exports['./*'].default.replace('*', subpath.slice('./'.length));
      return byName.get(nameOf(target.slice('./'.length)));
    },
  };
}

function needsOf(path, inputs, bundled, seen = new Set(), found = new Set()) {
  if (seen.has(path)) return found;
  seen.add(path);
  for (const imported of inputs[path].imports.filter(({ kind }) => kind === 'import-statement')) {
    if (imported.external !== true) needsOf(imported.path, inputs, bundled, seen, found);
    else for (const need of needsOfExternal(imported.path, bundled)) found.add(need);
  }
  return found;
}

function needsOfExternal(specifier, bundled) {
  if (specifier.startsWith('node:')) return SLOW.has(specifier) ? [SLOW.get(specifier)] : [];
  const name = packageOf(specifier);
  const ours = bundled.get(name);
  // A package of ours stands for all that it depends on: more files would cost more than they save.
  return ours === undefined ? [name] : [name, ...ours.dependencies, ...ours.find(specifier).needs];
}

/** Named by what its modules need, without what goes without saying. */
function fileFor(needs, bundled) {
  const implied = new Set([...needs].flatMap((name) => [...(bundled.get(name)?.dependencies ?? [])]));
  const parts = [...needs]
    .filter((name) => !implied.has(name))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => name.replace('@countersign/', '').replace('@', '').replace('/', '-'));
  return `internal/${parts.length === 0 ? 'core' : `with-${parts.join('-')}`}.js`;
}

/** Subpaths of our packages are the files that stand behind them: a plugin for what is to hold all that it needs. */
export function inline(bundled) {
  return {
    name: 'inline',
    setup(builder) {
      builder.onResolve({ filter: /^@/ }, ({ path }) => {
        const other = bundled.get(packageOf(path));
        return other === undefined ? undefined : { path: join(other.folder, 'dist', `${other.find(path).name}.js`), sideEffects: false };
      });
    },
  };
}

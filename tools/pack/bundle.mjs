import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { build } from 'esbuild';

/** Where bundles lie in the package; `internal` is closed in the export map. */
const FOLDER = 'bundle';
const INTERNAL = 'internal';

/**
 * Gives a staged package a second form for Node, where loading a file costs more than running it: `bundle/` holds the modules of
 * `dist/` in a few files, and for each module one that exports its names from there. The export map leads Node to `bundle/`; everybody
 * else, bundlers for browsers first of all, gets `dist/` as it was.
 *
 * Modules that need the same third-party packages share a file, so that nobody loads a package for the sake of a neighbour. Every
 * module is in exactly one file: a class is the same class through whichever subpath it comes.
 *
 * @param {string} folder the staged package: package.json and dist
 */
export async function bundleForNode(folder) {
  const modules = await readModules(folder);
  for (const name of new Set([...modules.values()].map(({ file }) => file))) await writeBundle(folder, name, modules);
  for (const [name, module] of modules) {
    const path = join(folder, FOLDER, `${name}.js`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, reexport(name, module, `${'../'.repeat(name.split('/').length - 1) || './'}${INTERNAL}/${module.file}`));
  }
  pointNodeAtBundle(join(folder, 'package.json'));
}

/**
 * The modules of `dist`: their exported names, and the file that each goes into.
 *
 * @returns {Promise<Map<string, {names: readonly string[], file: string}>>} by path without `.js`
 */
async function readModules(folder) {
  const paths = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .map((path) => `dist/${path.split(sep).join('/')}`)
    .sort();
  const { metafile } = await build({ ...options(folder), entryPoints: paths, outdir: folder, metafile: true });
  const names = new Map(Object.values(metafile.outputs).map(({ entryPoint, exports }) => [entryPoint, exports.toSorted()]));
  return new Map(paths.map((path) => [nameOf(path), { names: names.get(path), file: fileFor(packagesOf(path, metafile.inputs)) }]));
}

const options = (folder) => ({
  absWorkingDir: folder,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  charset: 'utf8',
  write: false,
  logLevel: 'error',
});

/** `dist/a/b.js` is the module `a/b`. */
const nameOf = (path) => path.slice('dist/'.length, -'.js'.length);

/** The third-party packages that are loaded before the module at `path` runs. */
function packagesOf(path, inputs, seen = new Set(), found = new Set()) {
  if (seen.has(path)) return found;
  seen.add(path);
  for (const imported of inputs[path].imports.filter(({ kind }) => kind === 'import-statement')) {
    if (imported.external !== true) packagesOf(imported.path, inputs, seen, found);
    else if (!imported.path.startsWith('node:')) found.add(/^(?:@[^/]+\/)?[^/]+/.exec(imported.path)[0]);
  }
  return found;
}

function fileFor(packages) {
  const parts = [...packages].sort((a, b) => (a < b ? -1 : 1)).map((name) => name.replace('@', '').replace('/', '-'));
  return parts.length === 0 ? 'core.js' : `with-${parts.join('-')}.js`;
}

/** The name that a module's export has in its file: no two modules have the same part before the `$`. */
function alias(module, name) {
  if (!/^[a-z\d/-]+$/.test(module)) throw new Error(`${module}: expected lower-case letters, digits, hyphens and slashes`);
  return `${module.replaceAll('-', '__').replaceAll('/', '_')}$${name}`;
}

function reexport(name, { names }, from) {
  if (names.length === 0) return 'export {};\n';
  return `export {\n${names.map((each) => `  ${alias(name, each)} as ${each},\n`).join('')}} from '${from}';\n`;
}

async function writeBundle(folder, file, modules) {
  const own = [...modules].filter(([, module]) => module.file === file && module.names.length > 0);
  const contents = own.map(
    ([name, { names }]) => `export { ${names.map((each) => `${each} as ${alias(name, each)}`).join(', ')} } from './dist/${name}.js';`,
  );
  await build({
    ...options(folder),
    stdin: { contents: contents.join('\n'), resolveDir: folder },
    outfile: join(folder, FOLDER, INTERNAL, file),
    plugins: [elsewhere(folder, file, modules)],
    write: true,
  });
}

/** Imports of modules that are in another file come from that file. */
function elsewhere(folder, file, modules) {
  const asked = Symbol('resolved by this plugin');
  return {
    name: 'elsewhere',
    setup(builder) {
      builder.onResolve({ filter: /^[.#]/ }, async ({ path, kind, resolveDir, importer, namespace, pluginData }) => {
        if (pluginData === asked) return undefined;
        if (namespace === 'elsewhere') return { path, external: true };
        const found = await builder.resolve(path, { kind, resolveDir, importer, pluginData: asked });
        const name = nameOf(relative(folder, found.path).split(sep).join('/'));
        if (kind === 'dynamic-import') return { path: `../${name}.js`, external: true };
        return modules.get(name).file === file ? found : { path: name, namespace: 'elsewhere', sideEffects: false };
      });
      builder.onLoad({ filter: /^/, namespace: 'elsewhere' }, ({ path }) => {
        const module = modules.get(path);
        return { contents: reexport(path, module, `./${module.file}`) };
      });
    },
  };
}

function pointNodeAtBundle(path) {
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  for (const [subpath, conditions] of Object.entries(manifest.exports)) {
    if (conditions === null) continue;
    const { default: fallback, ...before } = conditions;
    manifest.exports[subpath] = { ...before, node: fallback.replace('./dist/', `./${FOLDER}/`), default: fallback };
  }
  manifest.files.push(FOLDER);
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

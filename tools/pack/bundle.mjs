import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { build } from 'esbuild';
import { nameOf, options, packageOf, readPackage } from './modules.mjs';
import { writeThreads } from './threads.mjs';

/** Where bundles lie in the package. */
const FOLDER = 'bundle';

/**
 * Gives a staged package a second form for Node, where loading a file costs more than running it: `bundle/` holds the modules of
 * `dist/` in a few files, and for each module one that exports its names from there. The export map leads Node to `bundle/`; everybody
 * else, bundlers for browsers first of all, gets `dist/` as it was.
 *
 * Modules that need the same packages share a file, so that nobody loads a package for the sake of a neighbour. Every module is in
 * exactly one file: a class is the same class, and what a module keeps is kept once, through whichever subpath it comes. Packages that
 * are published together import from each other's files, past the subpaths: each of those costs as much to load as a module.
 *
 * @param {string} folder the staged package: package.json and dist
 * @param {ReadonlyMap<string, import('./modules.mjs').Bundled>} bundled the packages that it depends on and that have bundles, by name
 * @returns {Promise<import('./modules.mjs').Bundled>}
 */
export async function bundleForNode(folder, bundled) {
  const read = await readPackage(folder, bundled);
  const all = [...read.modules.values()];
  const modules = all.filter(({ isThread }) => !isThread);
  const files = new Set(modules.map(({ file }) => file));
  await Promise.all([...files].map((file) => writeBundle(file, read, bundled)));
  for (const module of modules) {
    const path = join(folder, FOLDER, `${module.name}.js`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, reexport(module, between(`${module.name}.js`, module.file)));
  }
  await writeThreads(folder, join(folder, FOLDER), all.filter(({ isThread }) => isThread), bundled); // prettier-ignore
  pointNodeAtBundle(folder);
  return read;
}

/** How a file below `bundle` imports another. */
function between(from, to) {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
}

/** The name that a module's export has in its file: no two modules have the same part before the `$`. */
function alias({ name }, exported) {
  if (!/^[a-z\d/-]+$/.test(name)) throw new Error(`${name}: expected lower-case letters, digits, hyphens and slashes`);
  return `${name.replaceAll('-', '__').replaceAll('/', '_')}$${exported}`;
}

function reexport(module, from) {
  if (module.names.length === 0) return 'export {};\n';
  return `export {\n${module.names.map((each) => `  ${alias(module, each)} as ${each},\n`).join('')}} from '${from}';\n`;
}

async function writeBundle(file, { folder, modules }, bundled) {
  const own = [...modules.values()].filter((module) => module.file === file && module.names.length > 0);
  const contents = own.map(
    (module) => `export { ${module.names.map((each) => `${each} as ${alias(module, each)}`).join(', ')} } from './dist/${module.name}.js';`,
  );
  await build({
    ...options(folder),
    stdin: { contents: contents.join('\n'), resolveDir: folder },
    outfile: join(folder, FOLDER, file),
    plugins: [ownPlace(folder, file), elsewhere(folder, file, modules), otherPackages(bundled)],
    write: true,
  });
}

/** What a module finds by its own place, it finds by that of the file of its name in `bundle/`. */
function ownPlace(folder, file) {
  return {
    name: 'own place',
    setup(builder) {
      builder.onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
        const contents = readFileSync(path, 'utf8');
        if (!contents.includes('import.meta')) return undefined;
        const name = nameOf(relative(folder, path).split(sep).join('/'));
        return { contents: contents.replaceAll('import.meta.url', `new URL('${between(file, `${name}.js`)}', import.meta.url)`) };
      });
    },
  };
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
        if (kind === 'dynamic-import') return { path: between(file, `${name}.js`), external: true };
        return modules.get(name).file === file ? found : { path: name, namespace: 'elsewhere', sideEffects: false };
      });
      builder.onLoad({ filter: /^/, namespace: 'elsewhere' }, ({ path }) => {
        const module = modules.get(path);
        return { contents: reexport(module, between(file, module.file)) };
      });
    },
  };
}

/** Imports of subpaths of a package that has bundles come from these. */
function otherPackages(bundled) {
  return {
    name: 'other packages',
    setup(builder) {
      builder.onResolve({ filter: /^@/ }, ({ path, kind, namespace }) => {
        if (namespace === 'other package') return { path, external: true };
        if (kind === 'dynamic-import' || !bundled.has(packageOf(path))) return undefined;
        return { path, namespace: 'other package', sideEffects: false };
      });
      builder.onLoad({ filter: /^/, namespace: 'other package' }, ({ path }) => {
        const module = bundled.get(packageOf(path)).find(path);
        return { contents: reexport(module, `${packageOf(path)}/${FOLDER}/${module.file}`) };
      });
    },
  };
}

function pointNodeAtBundle(folder) {
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  for (const [subpath, conditions] of Object.entries(manifest.exports)) {
    if (conditions === null) continue;
    const { default: fallback, ...before } = conditions;
    manifest.exports[subpath] = { ...before, node: fallback.replace('./dist/', `./${FOLDER}/`), default: fallback };
  }
  // What packages of ours import from each other; it has no types, and is for nobody else.
  manifest.exports[`./${FOLDER}/*`] = { types: null, node: `./${FOLDER}/*` };
  manifest.files.push(FOLDER);
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

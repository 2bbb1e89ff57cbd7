import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

/**
 * Writes a program: `NAME.js` starts `NAME/program.js`, which holds what every run needs (flags, help, refusals), and that loads all the rest from
 * `NAME/work.js` when there is work. Every module is in one of them.
 *
 * @param {string} entry the staged file of the program, which is replaced
 * @param {import('esbuild').BuildOptions} options how files of programs are built
 * @returns {Promise<string[]>} the modules that it holds, relative to `absWorkingDir`
 */
export async function writeProgram(entry, options) {
  const name = basename(entry, '.js');
  const at = (path) => join(options.absWorkingDir, path);
  const make = async (contents, plugin) => {
    const stdin = { contents: contents.join('\n'), resolveDir: dirname(entry), sourcefile: entry };
    const made = await build({ ...options, stdin, plugins: [plugin, ...options.plugins], metafile: true, write: false });
    const modules = Object.keys(made.metafile.inputs).filter((path) => at(path) !== entry && !path.startsWith(`${SHARED}:`));
    return { modules: modules.sort(byText), text: made.outputFiles[0].text };
  };
  const later = new Set();
  const source = readFileSync(entry, 'utf8').replace(/^#!.*\n/, '');
  const { modules: early } = await make([source], loadLater(entry, later));
  const program = await make([source, ...early.map((path, i) => `export * as $${i} from '${at(path)}';`)], loadLater(entry, later));
  const work = await make(
    [
      'module.exports = {',
      ...[...later].sort(byText).map((path) => `  '${relative(options.absWorkingDir, path)}': () => import('${path}'),`),
      '};',
    ],
    share(new Map(early.map((path, i) => [at(path), i]))),
  );
  const folder = join(dirname(entry), name);
  mkdirSync(folder, { recursive: true });
  const load = (_, path) => `Promise.resolve().then(() => require("./work.js")["${relative(options.absWorkingDir, path)}"]())`;
  writeFileSync(join(folder, 'program.js'), program.text.replaceAll(/\bimport\("later:([^"]+)"\)/g, load));
  writeFileSync(join(folder, 'work.js'), work.text);
  writeFileSync(entry, `#!/usr/bin/env node\nrequire('./${name}/program.js');\n`);
  return [...program.modules, ...work.modules];
}

/** Builds ask for modules in any order. */
const byText = (a, b) => (a < b ? -1 : 1);

/** Finds where an import leads, as all other plugins have it. */
function onImport(builder, use) {
  const asked = Symbol('resolved by this plugin');
  builder.onResolve({ filter: /^/ }, async ({ path, kind, resolveDir, importer, namespace, pluginData }) => {
    if (pluginData === asked || kind === 'entry-point') return undefined;
    if (namespace === SHARED) return { path, external: true };
    const found = await builder.resolve(path, { kind, resolveDir, importer, pluginData: asked });
    return found.external ? undefined : use(found, kind, importer);
  });
}

/** What the program asks for when it runs is not put into it; the file that it begins with is read at once. */
function loadLater(entry, later) {
  return {
    name: 'load later',
    setup(builder) {
      onImport(builder, ({ path }, kind, importer) => {
        if (kind !== 'dynamic-import' || importer === entry) return undefined;
        later.add(path);
        return { path: `later:${path}`, external: true };
      });
    },
  };
}

/** The namespace of modules that the program holds. */
const SHARED = 'shared';

/** Modules that the program holds are the same ones when there is work. */
function share(modules) {
  return {
    name: 'share',
    setup(builder) {
      onImport(builder, ({ path }) => (modules.has(path) ? { path: String(modules.get(path)), namespace: SHARED } : undefined));
      builder.onLoad({ filter: /^/, namespace: SHARED }, ({ path }) => ({
        contents: `module.exports = require('./program.js').$${path};`,
      }));
    },
  };
}

import { existsSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { inline, nameOf, options } from './modules.mjs';
import { writeProgram } from './program.mjs';

const INSTALLED = fileURLToPath(new URL('../../node_modules', import.meta.url));
/** Where the programs lie in the package. */
const FOLDER = 'bin';
/** Where, below that, the modules of threads lie, by package. */
const THREADS = 'threads';
const NOTICES = 'THIRD-PARTY-NOTICES.txt';

/**
 * Gives each program of a staged package two files that hold all it needs of our packages and of those that these depend on: a program is to
 * start soon, and finding and reading modules takes longer than running them. The files are CommonJS, where Node loads a module of its own
 * when it is asked for, not before everything else.
 *
 * Packages that their users choose to install (peers) stay outside. Threads lie beside, under the package that they are of.
 *
 * @param {string} folder the staged package: package.json, bin and dist
 * @param {ReadonlyMap<string, import('./modules.mjs').Bundled>} bundled our packages that it depends on, by name
 */
export async function writePrograms(folder, bundled) {
  const stages = dirname(folder);
  if (!existsSync(join(stages, 'node_modules'))) symlinkSync(INSTALLED, join(stages, 'node_modules'));
  const manifest = readManifest(folder);
  const peers = peersOf([folder, ...[...bundled.values()].map((each) => each.folder)]);
  const common = {
    ...options(stages),
    format: 'cjs',
    packages: 'bundle',
    external: Object.keys(peers.peerDependencies),
    preserveSymlinks: true,
    legalComments: 'none',
    // A file that is not ASCII takes twice the memory, and longer to read.
    charset: 'ascii',
    logOverride: { 'empty-import-meta': 'error' },
    plugins: [inline(bundled)],
  };
  const held = [];
  for (const path of Object.values(manifest.bin))
    held.push(...(await writeProgram(join(folder, path), { ...common, plugins: [...common.plugins, ownPlace(folder)] })));
  for (const each of bundled.values())
    held.push(...(await writeThreads(each, join(folder, FOLDER, THREADS, packageFolder(stages, each.folder)), common)));
  writeFileSync(join(folder, FOLDER, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(join(folder, NOTICES), notices(stages, held));
  const files = [...manifest.files, NOTICES];
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...manifest, ...peers, files }, undefined, 2)}\n`);
}

/** Writes the modules of a package that threads run. @returns the modules that they hold */
async function writeThreads({ folder, modules }, outdir, common) {
  const threads = [...modules.values()].filter(({ isThread }) => isThread).map(({ name }) => join(folder, 'dist', `${name}.js`));
  if (threads.length === 0) return [];
  const { metafile } = await build({ ...common, entryPoints: threads, outbase: join(folder, 'dist'), outdir, metafile: true, write: true });
  return Object.keys(metafile.inputs);
}

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

const packageFolder = (stages, path) => relative(stages, path).split(sep)[0];

/** What packages leave to their users to install. */
function peersOf(folders) {
  const manifests = folders.map(readManifest);
  const all = (member) =>
    Object.fromEntries(manifests.flatMap((manifest) => Object.entries(manifest[member] ?? {})).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { peerDependencies: all('peerDependencies'), peerDependenciesMeta: all('peerDependenciesMeta') };
}

/** What a module finds by its own place: a file of this package, or the module of a thread. */
function ownPlace(folder) {
  return {
    name: 'own place',
    setup(builder) {
      builder.onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
        const contents = readFileSync(path, 'utf8');
        if (path.includes(`${sep}node_modules${sep}`) || !contents.includes('import.meta')) return undefined;
        const [name, ...rest] = relative(dirname(folder), path).split(sep);
        const place =
          join(dirname(folder), name) === folder ? posix.join('../..', ...rest) : `../${THREADS}/${name}/${nameOf(rest.join('/'))}.js`;
        return { contents: contents.replaceAll('import.meta.url', `new URL('${place}', require('node:url').pathToFileURL(__filename))`) };
      });
    },
  };
}

/** The licences of packages of others, which ask to be kept with copies. */
function notices(stages, inputs) {
  const names = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  return [...names]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const folder = join(stages, 'node_modules', name);
      const { version, license } = readManifest(folder);
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      if (file === undefined) throw new Error(`${name}: no licence to keep with it`);
      return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

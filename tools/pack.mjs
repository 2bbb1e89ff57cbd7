// Packs the packages as they are published: `npm run pack [-- OUT_DIR] [package…]`, by default all of them into this folder.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForNode } from './pack/bundle.mjs';
import { writePrograms } from './pack/programs.mjs';

const PACKAGES = fileURLToPath(new URL('../packages', import.meta.url));
const SCOPE = '@countersign/';
/** Packages whose modules Node gets in few files, and those whose programs are two files each. */
const BUNDLED = new Set(['proof-core', 'signer-registry', 'audit-chain']);
const PROGRAMS = new Set(['verify-cli']);

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Copies what a package publishes to `folder`, as it is to be published. */
function stage(name, folder) {
  const from = join(PACKAGES, name);
  const { devDependencies: _, scripts: __, ...manifest } = readManifest(from);
  if (!existsSync(join(from, 'dist'))) throw new Error(`${name} is not built: npm run build`);
  for (const path of manifest.files.filter((entry) => !entry.startsWith('!')))
    cpSync(join(from, path), join(folder, path), { recursive: true, filter: (file) => !isLeftOver(from, file) });
  for (const dependency of ownDependencies(manifest))
    manifest.dependencies[`${SCOPE}${dependency}`] = readManifest(join(PACKAGES, dependency)).version;
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** The packages of ours that a package depends on. */
function ownDependencies({ dependencies = {} }) {
  return Object.keys(dependencies)
    .filter((name) => name.startsWith(SCOPE))
    .map((name) => name.slice(SCOPE.length));
}

/** Packages and what they depend on, each after its dependencies. */
function inOrder(names, found = new Set()) {
  for (const name of names) {
    inOrder(ownDependencies(readManifest(join(PACKAGES, name))), found);
    found.add(name);
  }
  return found;
}

/** Tells whether a file of `dist` has nothing to be compiled from: a build keeps what was made of sources that are gone. */
function isLeftOver(from, file) {
  const path = relative(join(from, 'dist'), file);
  return !path.startsWith('..') && /\.(d\.ts|js)$/.test(path) && !existsSync(join(from, 'src', path.replace(/\.(d\.ts|js)$/, '.ts')));
}

/**
 * Packs packages into tarballs that are the same, byte for byte, for the same build.
 *
 * @param {string} out where the tarballs go
 * @param {readonly string[]} names folders of `packages`; all that are published when empty
 * @returns {Promise<string[]>} the names of the tarballs
 */
export async function pack(out, names = []) {
  const published = readdirSync(PACKAGES).filter((name) => readManifest(join(PACKAGES, name)).private !== true);
  const unknown = names.filter((name) => !published.includes(name));
  if (unknown.length > 0) throw new Error(`no such package: ${unknown.join(', ')}; there are ${published.join(', ')}`);
  mkdirSync(out, { recursive: true });
  const stages = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-pack-')));
  try {
    const wanted = names.length > 0 ? names : published;
    const bundled = new Map();
    for (const name of inOrder(wanted)) {
      stage(name, join(stages, name));
      if (BUNDLED.has(name)) bundled.set(`${SCOPE}${name}`, await bundleForNode(join(stages, name), bundled));
      if (PROGRAMS.has(name)) await writePrograms(join(stages, name), bundled);
    }
    const flags = [
      '--silent',
      '--ignore-scripts',
      '--offline',
      '--pack-destination',
      resolve(out),
      ...wanted.map((name) => join(stages, name)),
    ];
    const { status, stdout } = spawnSync('npm', ['pack', ...flags], {
      cwd: stages,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status !== 0) throw new Error(`npm pack ended with ${status}`);
    return stdout.trim().split('\n');
  } finally {
    rmSync(stages, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await pack(process.argv[2] ?? '.', process.argv.slice(3))).join('\n'));

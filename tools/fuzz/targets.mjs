import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUT = `${ROOT}.fuzz`;

/**
 * Bundles the target files of `folder`, or of `packages/<name>/test/fuzz`, and gives the address of each bundle.
 *
 * @param {string} [folder]
 * @returns {Promise<string[]>} file URLs of modules that export `targets`
 */
export async function bundleTargets(folder) {
  const packages = readdirSync(`${ROOT}packages`).map((name) => ({ name, folder: `${ROOT}packages/${name}/test/fuzz` }));
  const folders = folder === undefined ? packages : [{ name: 'from', folder: resolve(folder) }];
  const entryPoints = folders.flatMap(({ name, folder }) =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => ({ in: `${folder}/${file}`, out: `${name}-${file.slice(0, -3)}` })),
  );
  if (entryPoints.length === 0) return [];
  mkdirSync(OUT, { recursive: true });
  await build({
    entryPoints,
    outdir: `${OUT}/targets`,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['source'],
    packages: 'bundle',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return entryPoints.map(({ out }) => pathToFileURL(`${OUT}/targets/${out}.mjs`).href);
}

/** The targets of these modules: `{name, run, seeds?}` each; modules without `targets` are helpers. */
export async function loadTargets(urls) {
  const modules = await Promise.all(urls.map((url) => import(url)));
  return modules.flatMap(({ targets = [] }) => targets);
}

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { ROOT } from '../repository/tree.ts';

const TESTS = join(ROOT, 'packages/proof-core/test');
const STAND_IN = join(ROOT, 'test/browser/stand-in');
const FAST_CHECK = join(STAND_IN, 'fast-check.ts');
const VITEST = dirname(createRequire(import.meta.url).resolve('vitest/package.json'));

/** What stands in for Node's engine in a page: the portable one, except where the two are compared on signatures. */
const STAND_INS: readonly (readonly [RegExp, string])[] = [
  [/\/src\/node\/engine\.ts$/, join(ROOT, 'packages/proof-core/src/engine/portable.ts')],
  [/\/src\/node\/canonicalize\.ts$/, join(ROOT, 'packages/proof-core/src/json/canonicalize.ts')],
  [/\/src\/node\/signature\.ts$/, join(STAND_IN, 'node-signature.ts')],
];

/** A module with the names of `path`; any other name is a function made by `rest`. */
function withRest(path: string | undefined, rest: string): string {
  return `
    const rest = ${rest};
    const get = (_, name) => (typeof name === 'symbol' || name === 'then' || name === '__esModule' ? undefined : rest(name));
    module.exports = Object.assign(Object.create(new Proxy({}, { get })), ${path === undefined ? '{}' : `require(${JSON.stringify(path)})`});`;
}

const standIns: Plugin = {
  name: 'stand-ins',
  setup(plugin) {
    plugin.onResolve({ filter: /^vitest$/ }, () => ({ path: join(STAND_IN, 'vitest.ts') }));
    plugin.onResolve({ filter: /^@vitest\// }, ({ path }) => ({ path: createRequire(join(VITEST, 'package.json')).resolve(path) }));
    plugin.onResolve({ filter: /^fast-check$/ }, ({ importer }) => ({
      path: importer === FAST_CHECK ? fileURLToPath(import.meta.resolve('fast-check')) : FAST_CHECK,
    }));
    // Whatever the portable code does not have throws when it is called: only tests that call it are counted apart.
    for (const [filter, path] of STAND_INS) plugin.onResolve({ filter }, () => ({ path, namespace: 'portable' }));
    plugin.onLoad({ filter: /./, namespace: 'portable' }, ({ path }) => ({
      resolveDir: STAND_IN,
      contents: withRest(path, "require('./not-in-browser.ts').missing"),
    }));
    plugin.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'node' }));
    plugin.onLoad({ filter: /./, namespace: 'node' }, ({ path }) => ({
      resolveDir: STAND_IN,
      contents: withRest(
        path === 'node:crypto' ? './node-crypto.ts' : undefined,
        `(name) => (...args) => require('./bridge.ts').call(${JSON.stringify(path)}, name, args)`,
      ),
    }));
    // A bundle has one address, its files had one each.
    plugin.onLoad({ filter: /\/test\/.*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }));
  },
};

/** Files with a test that counts what its property has seen: it needs all its runs. */
const COUNTS_RUNS = new Set(['json/check.test.ts']);

/** Files about a part of Node's own engine, which no page has. */
const ONLY_NODE = new Set(['engine/lanes.test.ts']);

/** The test files of proof-core that a page can run, sorted. */
export function testFiles(): string[] {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.test.ts') && !file.endsWith('.slow.test.ts') && !ONLY_NODE.has(file)).sort();
}

/** A module that runs these files in a page, each property at most `maxRuns` times, and leaves the outcomes in `globalThis.outcomes`. */
export async function bundleSuite(files: readonly string[], maxRuns: number): Promise<string> {
  const runs = files.map(
    (file) => `globalThis.maxRuns = ${COUNTS_RUNS.has(file) ? Infinity : maxRuns};
    outcomes.push(...(await runFile(${JSON.stringify(file)}, () => import('./${file}'))));`,
  );
  const entry = `
    import { configureGlobal } from 'fast-check';
    import { runFile } from 'vitest';
    configureGlobal({ seed: 20261121 });
    const outcomes = [];
    ${runs.join('\n')}
    globalThis.outcomes = outcomes;
  `;
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: TESTS, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['source'],
    inject: [join(STAND_IN, 'globals.ts')],
    plugins: [standIns],
    charset: 'utf8',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}

// npm run check:packages: looks at the packages as they would be published (publint, arethetypeswrong at every subpath) and for files
// that nothing reaches (knip). The tools are not installed with the workspaces; this installs them on first use.
// It takes a minute or two: each step says what it does when it starts and how long it took; what a tool wrote is shown where it failed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HEAVY = join(ROOT, 'tools/heavy');
const STEP_MS = 600_000;
let failed = 0;

/** Says what begins, runs it, says how it ended. */
async function step(title, run) {
  process.stdout.write(`${title} … `);
  const start = performance.now();
  const output = await run().catch(({ message }) => message);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(output === undefined ? `ok, ${seconds} s` : `FAILED after ${seconds} s\n${output}`);
  if (output !== undefined) failed += 1;
  return output === undefined;
}

/** Runs a command; resolves to nothing, or to all that it wrote when it failed. */
function command(name, args, cwd = ROOT) {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: STEP_MS });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const end = status === null ? `ended by ${signal}, after at most ${STEP_MS / 1000} s` : `ended with ${status}`;
      resolve(status === 0 ? undefined : `${Buffer.concat(chunks).toString()}${name} ${end}`);
    });
  });
}

const tool = (name) => join(HEAVY, 'node_modules/.bin', name);

/** The tarballs of `folder`, each with the subpaths that its package's `./*` stands for. */
function packagesIn(folder) {
  return readdirSync(folder).map((tarball) => {
    const name = tarball.replace(/^countersign-(.*)-\d.*$/, '$1');
    const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8'));
    const [sources, ending] = manifest.exports['./*'].source.split('*');
    const files = readdirSync(join(ROOT, 'packages', name, sources), { recursive: true, encoding: 'utf8' }).sort();
    const modules = files.filter((path) => path.endsWith(ending) && !path.startsWith('internal/'));
    return { tarball: join(folder, tarball), name, subpaths: modules.map((path) => `./${path.slice(0, -ending.length)}`) };
  });
}

async function checkPackages(folder) {
  if (!(await step('pack', () => pack(folder).then(() => undefined)))) return;
  for (const { tarball, name, subpaths } of packagesIn(folder)) {
    await step(`${name}: publint`, () => command(tool('publint'), ['run', '--strict', tarball]));
    const options = ['--profile', 'esm-only', '--format', 'ascii', '--no-emoji', tarball];
    // A wildcard export is not looked into unless its subpaths are named.
    await step(`${name}: attw, each of ${subpaths.length} subpaths`, () =>
      command(tool('attw'), [...options, '--include-entrypoints', ...subpaths]),
    );
  }
}

const installed =
  existsSync(tool('attw')) ||
  (await step('install publint, attw and knip into tools/heavy (once; needs the package registry)', () =>
    command('npm', ['ci', '--no-audit', '--no-fund'], HEAVY),
  ));
if (installed && (await step('build', () => command('npm', ['run', 'build', '--silent'])))) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-packed-'));
  try {
    await checkPackages(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
  await step('knip', () => command(tool('knip'), ['--config', 'tools/heavy/knip.json', '--no-config-hints', '--no-progress']));
}

console.log(failed === 0 ? '\npackages are clean' : `\n${failed} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;

// node bench/start.mjs: what it costs to start: importing the verify path in a fresh process, as packed and file by file, and the command
// up to its first usage error. Medians of interleaved runs. Needs a build.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from '../tools/pack.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNS = 15;
const OURS = ['proof-core', 'signer-registry', 'audit-chain', 'verify-cli'];

/** A folder with our packages as packed; third-party ones are those of the workspace. */
async function makeProject() {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-start-'));
  const scope = join(folder, 'node_modules/@countersign');
  await pack(folder, OURS);
  for (const name of OURS) {
    const tarball = readdirSync(folder).find((file) => file.startsWith(`countersign-${name}-`));
    mkdirSync(join(scope, name), { recursive: true });
    execFileSync('tar', ['xzf', join(folder, tarball), '--strip-components', '1', '-C', join(scope, name)]);
  }
  for (const name of ['@noble', 'jose', 'commander']) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  return folder;
}

/** Milliseconds of the import alone, in a fresh process whose project is `cwd`. */
function importing(cwd, specifier) {
  const code = `const start = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - start)`;
  return () => Number(execFileSync(process.execPath, ['--input-type=module', '--eval', code], { cwd, encoding: 'utf8' }));
}

/** Milliseconds from start to exit. */
function running(status, ...args) {
  return () => {
    const start = performance.now();
    const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (run.status !== status) throw new Error(`${args.join(' ')} ended with ${run.status}: ${run.stderr}`);
    return performance.now() - start;
  };
}

function medians(cases) {
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let run = 0; run < RUNS; run++) for (const name of Object.keys(cases)) times[name].push(cases[name]());
  return Object.entries(times).map(([name, all]) => ({ name, sorted: all.toSorted((a, b) => a - b) }));
}

function print(title, cases, targets = {}) {
  console.log(`${title.padEnd(56)} ${'median'.padStart(8)} ${'least'.padStart(8)}   target`);
  for (const { name, sorted } of medians(cases))
    console.log(
      `${name.padEnd(56)} ${sorted[RUNS >> 1].toFixed(1).padStart(8)} ${sorted[0].toFixed(1).padStart(8)}   ${targets[name] ?? ''}`,
    );
}

const project = await makeProject();
try {
  const packed = (path) => importing(project, `@countersign/proof-core${path}`);
  const built = (path) => importing(ROOT, `@countersign/proof-core${path}`);
  print(
    `import in a fresh process, ms, ${RUNS} runs`,
    {
      'an empty module': importing(project, 'data:text/javascript,'),
      'receipt/verify, as packed': packed('/receipt/verify'),
      'receipt/verify, file by file': built('/receipt/verify'),
      'document/verify, as packed': packed('/document/verify'),
      'document/verify, file by file': built('/document/verify'),
      'the package itself, as packed': packed(''),
      'the package itself, file by file': built(''),
    },
    { 'receipt/verify, as packed': '< 30', 'document/verify, as packed': '< 30', 'the package itself, as packed': '< 30' },
  );
  const bin = (folder) => join(folder, 'bin/audit-verify.js');
  print(
    `from start to exit, ms, ${RUNS} runs`,
    {
      'node alone': running(0, '--eval', ''),
      'audit-verify --nope, as packed': running(2, bin(join(project, 'node_modules/@countersign/verify-cli')), '--nope'),
      'audit-verify --nope, file by file': running(2, bin(join(ROOT, 'packages/verify-cli')), '--nope'),
    },
    { 'audit-verify --nope, as packed': '< 120' },
  );
} finally {
  rmSync(project, { recursive: true });
}

// node bench/start.mjs: what it costs to start: importing the verify path in a fresh process, as packed and file by file, starting a
// thread that verifies, and the commands up to their first error. Medians of interleaved runs. Needs a build.
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOptions } from './lib/options.mjs';
import { makePackedProject } from './lib/packed.mjs';

readOptions('start.mjs');

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNS = 15;

/** Milliseconds of the import alone, in a fresh process whose project is `cwd`. */
function importing(cwd, specifier) {
  const code = `const start = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - start)`;
  return () => Number(execFileSync(process.execPath, ['--input-type=module', '--eval', code], { cwd, encoding: 'utf8' }));
}

/** Milliseconds from making a thread to its first message; without a module, of a thread that does nothing else. */
function startingThread(cwd, specifier) {
  const module =
    specifier === undefined
      ? '\'data:text/javascript,import { parentPort } from "node:worker_threads"; parentPort.postMessage(0)\''
      : `import.meta.resolve(${JSON.stringify(specifier)})`;
  const code = `import { Worker } from 'node:worker_threads';
    const url = new URL(${module});
    const start = performance.now();
    new Worker(url, { execArgv: [] }).on('message', () => { console.log(performance.now() - start); process.exit(); });`;
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

const project = await makePackedProject();
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
      'audit-chain, as packed': importing(project, '@countersign/audit-chain'),
      'audit-chain, file by file': importing(ROOT, '@countersign/audit-chain'),
    },
    { 'receipt/verify, as packed': '< 30', 'document/verify, as packed': '< 30', 'the package itself, as packed': '< 30' },
  );
  print(`from making a thread to its first message, ms, ${RUNS} runs`, {
    'a thread that does nothing else': startingThread(ROOT),
    'one that verifies, as packed': startingThread(project, '@countersign/audit-chain/node/verify/scan-worker'),
    'one that verifies, file by file': startingThread(ROOT, '@countersign/audit-chain/node/verify/scan-worker'),
  });
  const packedBin = (name) => join(project, 'node_modules/@countersign/verify-cli/bin', name);
  const builtBin = (name) => join(ROOT, 'packages/verify-cli/bin', name);
  print(
    `from start to exit, ms, ${RUNS} runs`,
    {
      'node alone': running(0, '--eval', ''),
      'audit-verify --nope, as packed': running(2, packedBin('audit-verify.js'), '--nope'),
      'audit-verify --nope, file by file': running(2, builtBin('audit-verify.js'), '--nope'),
      'audit-verify missing.jsonl, as packed': running(14, packedBin('audit-verify.js'), 'missing.jsonl'),
      'audit-verify missing.jsonl, file by file': running(14, builtBin('audit-verify.js'), 'missing.jsonl'),
      'audit-chain status missing, as packed': running(2, packedBin('audit-chain.js'), 'status', 'missing'),
      'audit-chain status missing, file by file': running(2, builtBin('audit-chain.js'), 'status', 'missing'),
    },
    { 'audit-verify --nope, as packed': '< 120' },
  );
} finally {
  rmSync(project, { recursive: true });
}

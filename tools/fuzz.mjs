// npm run fuzz [-- --target NAME] [--runs N] [--seed TEXT] [--replay FILE] [--from FOLDER] [--still-ms N]
// Puts mutated inputs through every fuzz target (packages/*/test/fuzz/*.ts, or those of FOLDER); NAME is one (`note/vkey`) or what stands
// before the slash of several (`note`). A target fails when it throws, stands still for ten seconds, or needs more than half a gigabyte; the
// input is kept as hex with the command that replays it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { inputAt } from './fuzz/mutate.mjs';
import { bundleTargets, loadTargets } from './fuzz/targets.mjs';

const { values: options } = parseArgs({
  options: {
    target: { type: 'string' },
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '20261121' },
    replay: { type: 'string' },
    from: { type: 'string' },
    'still-ms': { type: 'string', default: '10000' },
  },
});
const runs = Number(options.runs);
if (!Number.isSafeInteger(runs) || runs < 1) throw new RangeError('--runs takes a count of inputs');

const stillMs = Number(options['still-ms']);
const urls = await bundleTargets(options.from);
const all = await loadTargets(urls);
const targets = all.filter(({ name }) => options.target === undefined || name === options.target || name.startsWith(`${options.target}/`));
if (targets.length === 0) {
  console.error(
    options.target === undefined ? 'no fuzz targets' : `no target ${options.target}; there are: ${all.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
const replay = options.replay === undefined ? undefined : Uint8Array.from(Buffer.from(readFileSync(options.replay, 'utf8').trim(), 'hex'));

/** Runs one target on a thread; resolves to its failure, if any. */
function fuzz(target) {
  const progress = new SharedArrayBuffer(4);
  const index = () => Atomics.load(new Int32Array(progress), 0);
  const workerData = { urls, name: target.name, seed: options.seed, from: 0, to: runs, progress, replay };
  const worker = new Worker(new URL('fuzz/worker.mjs', import.meta.url), { workerData, resourceLimits: { maxOldGenerationSizeMb: 512 } });
  return new Promise((resolve) => {
    let seen = -1;
    const watch = setInterval(() => {
      if (index() === seen) finish({ failure: { index: seen, message: `no end after ${stillMs} ms` } });
      seen = index();
    }, stillMs);
    const finish = (result) => {
      clearInterval(watch);
      void worker.terminate();
      resolve(result);
    };
    worker.on('message', finish);
    worker.on('error', (error) => finish({ failure: { index: index(), message: String(error.stack ?? error) } }));
  });
}

/** Writes the input down and says how to run it again. */
function keep(target, { index, message }) {
  const folder = fileURLToPath(new URL('../.fuzz/', import.meta.url));
  const file = options.replay ?? `${folder}${target.name.replaceAll(/[^\w-]/g, '_')}-${index}.hex`;
  mkdirSync(folder, { recursive: true });
  if (replay === undefined) writeFileSync(file, `${Buffer.from(inputAt(options.seed, index, target.seeds ?? [])).toString('hex')}\n`);
  const from = options.from === undefined ? '' : ` --from '${options.from}'`;
  console.log(`FAILED ${target.name} at input ${index}: ${message}`);
  console.log(`  replay: npm run fuzz --${from} --target '${target.name}' --replay '${relative('.', file)}'`);
}

for (const target of targets) {
  const start = performance.now();
  const { failure, heapBytes = 0 } = await fuzz(target);
  const seconds = (performance.now() - start) / 1000;
  if (failure !== undefined) {
    keep(target, failure);
    process.exitCode = 1;
  } else if (replay !== undefined) console.log(`ok     ${target.name}: the input passes`);
  else
    console.log(`ok     ${target.name.padEnd(32)} ${runs} inputs  ${Math.round(runs / seconds)}/s  heap ${Math.round(heapBytes / 1e6)} MB`);
}

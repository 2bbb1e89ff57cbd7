// node bench/verify.mjs [EVENTS]: verification against a naive loop and the tools of the system, all in one run. Needs a build; prints one table.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import stringify from 'fast-json-stable-stringify';
import { makeArchive } from './lib/sealed-archive.mjs';

const EVENTS = Number(process.argv[2] ?? 200_000);
const ROUNDS = Number(process.env.COUNTERSIGN_BENCH_ROUNDS ?? 3);
const THREADS = Math.min(availableParallelism(), 8);
const kept = process.env.COUNTERSIGN_BENCH_FOLDER;
const folder = kept ?? mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const CHILD = new URL('lib/verify-child.mjs', import.meta.url).pathname;

if (!existsSync(join(folder, 'archive'))) await makeArchive(folder, EVENTS);
const plain = join(folder, 'records.jsonl');
const bytes = statSync(plain).size;

/** A verification in a process of its own: seconds of wall time and processor time, peak memory. */
function verify(source, level, threads) {
  const out = execFileSync(process.execPath, [CHILD, folder, source, level, String(threads)], { encoding: 'utf8' });
  return JSON.parse(out);
}

function shell(command) {
  const start = performance.now();
  execFileSync('bash', ['-c', command], { stdio: 'ignore' });
  return { seconds: (performance.now() - start) / 1000 };
}

/** What a reader of the format would write first: parse, make canonical, hash, compare. */
async function naive() {
  const start = performance.now();
  let prev = '0'.repeat(64);
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(plain) })) {
    const record = JSON.parse(line);
    if (record.link.prev !== prev) throw new Error(`broken at ${record.link.seq}`);
    prev = createHash('sha256').update('\0').update(stringify(record)).digest('hex');
    if (++lines === 50_000) break;
  }
  return { seconds: ((performance.now() - start) / 1000) * (EVENTS / lines) };
}

const cases = {
  'file, integrity': () => verify('records.jsonl', 'integrity', THREADS),
  'file, default': () => verify('records.jsonl', 'default', THREADS),
  'archive, integrity': () => verify('archive', 'integrity', THREADS),
  'archive, default': () => verify('archive', 'default', THREADS),
  'archive, deep': () => verify('archive', 'deep', THREADS),
  'file, default, one thread': () => verify('records.jsonl', 'default', 0),
  'archive, default, one thread': () => verify('archive', 'default', 0),
  'naive loop': naive,
  sha256sum: () => shell(`sha256sum ${plain}`),
  'openssl dgst': () => shell(`openssl dgst -sha256 ${plain}`),
  'gzip -dc | sha256sum': () => shell(`gzip -dc $(find ${folder}/archive -name '*.gz' | sort) | sha256sum`),
};

/** What is promised: the wall time of a case is at most so many times that of another. */
const TARGETS = [
  ['file, integrity', 'sha256sum', 0.6],
  ['file, integrity', 'openssl dgst', 2.5],
  ['file, default', 'sha256sum', 1.15],
  ['archive, integrity', 'gzip -dc | sha256sum', 0.5],
  ['archive, default', 'gzip -dc | sha256sum', 0.8],
  ['file, default', 'naive loop', 0.1],
];
/** Megabytes of resident memory with two threads, and for each one more. */
const MOST_MEMORY = 120 + 40 * Math.max(0, THREADS - 2);

const results = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
const names = Object.keys(cases);
for (let round = 0; round < ROUNDS; round++) {
  // Rotated, so that no case always follows the same other one.
  for (let i = 0; i < names.length; i++) {
    const name = names[(i + round) % names.length];
    results[name].push(await cases[name]());
  }
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const wall = (name) => median(results[name].map(({ seconds }) => seconds));
const base = wall('naive loop');
console.log(`${EVENTS} events, ${Math.round(bytes / EVENTS)} bytes each, ${Math.round(bytes / 1e6)} MB; node ${process.version}`);
console.log(
  `${'case'.padEnd(40)} ${'wall s'.padStart(7)} ${'events/s'.padStart(9)} ${'x naive'.padStart(8)} ${'cpu s'.padStart(6)} ${'peak MB'.padStart(8)}`,
);
for (const name of names) {
  const seconds = wall(name);
  const cpu = results[name][0].cpu === undefined ? '' : median(results[name].map((one) => one.cpu)).toFixed(2);
  const peak = results[name][0].peak === undefined ? '' : String(Math.max(...results[name].map((one) => one.peak)));
  const rate = String(Math.round(EVENTS / seconds));
  console.log(
    `${name.padEnd(40)} ${seconds.toFixed(2).padStart(7)} ${rate.padStart(9)} ${(base / seconds).toFixed(1).padStart(8)} ${cpu.padStart(6)} ${peak.padStart(8)}`,
  );
}
console.log(`\n${'wall time of'.padEnd(22)} ${'over that of'.padEnd(22)} ${'ratio'.padStart(6)}   target`);
for (const [name, other, most] of TARGETS) {
  const ratio = wall(name) / wall(other);
  console.log(`${name.padEnd(22)} ${other.padEnd(22)} ${ratio.toFixed(2).padStart(6)} ≤ ${most} ${ratio <= most ? 'met' : 'MISSED'}`);
}
const peak = Math.max(...names.filter((name) => !name.includes('one thread')).flatMap((name) => results[name].map((one) => one.peak ?? 0)));
console.log(`${'resident memory, MB'.padEnd(45)} ${String(peak).padStart(6)} < ${MOST_MEMORY} ${peak < MOST_MEMORY ? 'met' : 'MISSED'}`);
if (kept === undefined) rmSync(folder, { recursive: true });
else console.log(`kept in ${readFileSync(join(folder, 'signers.json')).length > 0 ? folder : ''}`);

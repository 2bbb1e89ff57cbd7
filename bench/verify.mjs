// node bench/verify.mjs [EVENTS]: verification against a naive loop and the tools of the system, all in one run. Needs a build; prints one table.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import stringify from 'fast-json-stable-stringify';
import { makeArchive } from './lib/sealed-archive.mjs';

const EVENTS = Number(process.argv[2] ?? 200_000);
const ROUNDS = 3;
const kept = process.env.COUNTERSIGN_BENCH_FOLDER;
const folder = kept ?? mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const CHILD = new URL('lib/verify-child.mjs', import.meta.url).pathname;

if (!existsSync(join(folder, 'archive'))) await makeArchive(folder, EVENTS);
const plain = join(folder, 'records.jsonl');
const bytes = statSync(plain).size;

/** A verification in a process of its own: seconds of wall time and processor time, peak memory. */
function verify(source, level, threads = 1) {
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
  'archive, integrity': () => verify('archive', 'integrity'),
  'archive, default': () => verify('archive', 'default'),
  'archive, integrity, two threads': () => verify('archive', 'integrity', 2),
  'archive, default, two threads': () => verify('archive', 'default', 2),
  'plain file, integrity': () => verify('records.jsonl', 'integrity'),
  'plain file, default': () => verify('records.jsonl', 'default'),
  'naive loop over the plain file': naive,
  'sha256sum of the plain file': () => shell(`sha256sum ${plain}`),
  'openssl dgst -sha256 of the plain file': () => shell(`openssl dgst -sha256 ${plain}`),
  'gzip -dc | sha256sum of the archive': () => shell(`gzip -dc $(find ${folder}/archive -name '*.gz' | sort) | sha256sum`),
};

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
const base = median(results['naive loop over the plain file'].map(({ seconds }) => seconds));
console.log(`${EVENTS} events, ${Math.round(bytes / EVENTS)} bytes each, ${Math.round(bytes / 1e6)} MB; node ${process.version}`);
console.log(
  `${'case'.padEnd(40)} ${'wall s'.padStart(7)} ${'events/s'.padStart(9)} ${'x naive'.padStart(8)} ${'cpu s'.padStart(6)} ${'peak MB'.padStart(8)}`,
);
for (const name of names) {
  const seconds = median(results[name].map((one) => one.seconds));
  const cpu = results[name][0].cpu === undefined ? '' : median(results[name].map((one) => one.cpu)).toFixed(2);
  const peak = results[name][0].peak === undefined ? '' : String(Math.max(...results[name].map((one) => one.peak)));
  const rate = String(Math.round(EVENTS / seconds));
  console.log(
    `${name.padEnd(40)} ${seconds.toFixed(2).padStart(7)} ${rate.padStart(9)} ${(base / seconds).toFixed(1).padStart(8)} ${cpu.padStart(6)} ${peak.padStart(8)}`,
  );
}
if (kept === undefined) rmSync(folder, { recursive: true });
else console.log(`kept in ${readFileSync(join(folder, 'signers.json')).length > 0 ? folder : ''}`);

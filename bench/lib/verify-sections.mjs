import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import stringify from 'fast-json-stable-stringify';
import { command, floor, printCases, printFigure, ratio, runRounds, shell, verify } from './rounds.mjs';
import { database } from './verify-database.mjs';

/** Beside the one that reads: as the command has it. */
const THREADS = Math.min(availableParallelism() - 1, 7);

/** What a reader of the format would write first: parse, make canonical, hash, compare. Measured on a part. */
async function naive(folder, events) {
  const start = performance.now();
  let prev = '0'.repeat(64);
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(join(folder, 'records.jsonl')) })) {
    const record = JSON.parse(line);
    if (record.link.prev !== prev) throw new Error(`broken at ${record.link.seq}`);
    prev = createHash('sha256').update('\0').update(stringify(record)).digest('hex');
    if (++lines === 50_000) break;
  }
  return { seconds: ((performance.now() - start) / 1000) * (events / lines) };
}

/** Files and archives against the tools of the system: whole commands, from start to exit, both. */
async function files({ events, rounds, dataOf }) {
  const folder = await dataOf(events);
  const plain = join(folder, 'records.jsonl');
  const { size } = statSync(plain);
  console.log(`${Math.round(size / 1e6)} MB, ${Math.round(size / events)} bytes a record, ${THREADS + 1} threads`);
  const results = await runRounds(
    {
      'file, integrity': () => command(folder, 'records.jsonl', 'integrity'),
      'file, default': () => command(folder, 'records.jsonl', 'default'),
      'archive, integrity': () => command(folder, 'archive', 'integrity'),
      'archive, default': () => command(folder, 'archive', 'default'),
      'file, integrity, without its start': () => verify(folder, 'records.jsonl', 'integrity', THREADS),
      'archive, integrity, without its start': () => verify(folder, 'archive', 'integrity', THREADS),
      'file, default, one thread': () => verify(folder, 'records.jsonl', 'default', 0),
      'archive, default, one thread': () => verify(folder, 'archive', 'default', 0),
      'only hash records and nodes': () => floor(folder, 'hash', THREADS + 1),
      'only inflate': () => floor(folder, 'inflate', THREADS + 1),
      'only inflate and hash': () => floor(folder, 'both', THREADS + 1),
      'naive loop': () => naive(folder, events),
      sha256sum: () => shell(`sha256sum ${plain}`),
      'openssl dgst -sha256': () => shell(`openssl dgst -sha256 ${plain}`),
      'gzip -dc | sha256sum': () => shell(`gzip -dc $(find ${folder}/archive -name '*.gz' | sort) | sha256sum`),
    },
    rounds,
  );
  printCases(results, events);
  const over = (name, other, target) => printFigure(`${name} / ${other}`, ratio(results[name], results[other]), 2, target);
  over('file, default', 'sha256sum', '≤ 1.15');
  over('file, integrity', 'sha256sum', '≤ 0.6');
  over('file, integrity', 'openssl dgst -sha256', '≤ 2.5');
  over('archive, default', 'gzip -dc | sha256sum', '≤ 0.8');
  over('archive, integrity', 'gzip -dc | sha256sum', '≤ 0.5');
  over('naive loop', 'file, default', '≥ 10');
  console.log('what cannot be left out, alone, on as many threads, in the same rounds: the limit of this machine');
  over('only hash records and nodes', 'openssl dgst -sha256', '≤ 2.5');
  over('only inflate and hash', 'gzip -dc | sha256sum', '≤ 0.5');
  over('file, integrity, without its start', 'only hash records and nodes', '≥ 1');
  over('archive, integrity, without its start', 'only inflate and hash', '≥ 1');
}

/** How time grows with the chain: from a fifth of the events, and with --full to ten times as many. */
async function growth({ events, full, rounds, dataOf }) {
  const sizes = [events / 5, events, ...(full ? [events * 10] : [])].map(Math.round);
  const folders = await Promise.all(sizes.map(dataOf));
  const cases = sizes.map((size, i) => [
    `archive, default, ${size.toLocaleString('en')}`,
    () => verify(folders[i], 'archive', 'default', THREADS),
  ]);
  const results = Object.values(await runRounds(Object.fromEntries(cases), full ? 1 : rounds));
  for (let i = 1; i < sizes.length; i++) {
    const exponent = (key) => Math.log(results[i][key] / results[i - 1][key]) / Math.log(sizes[i] / sizes[i - 1]);
    const from = `from ${sizes[i - 1].toLocaleString('en')} to ${sizes[i].toLocaleString('en')} events`;
    printFigure(`exponent of wall time ${from}`, exponent('seconds'), 2, '≤ 1.05');
    printFigure(`exponent of processor time ${from}`, exponent('cpu'), 2, '≤ 1.05');
  }
}

/** Resident memory of an archive run; with --full of ten times the events too. */
async function memory({ events, full, dataOf }) {
  for (const size of full ? [events, events * 10] : [events]) {
    const folder = await dataOf(size);
    const peak = (threads, level = 'default') => verify(folder, 'archive', level, threads).peak;
    const two = peak(2);
    printFigure(`MB with two workers, ${size.toLocaleString('en')} events`, two, 0, '< 120');
    printFigure('MB with two workers, integrity', peak(2, 'integrity'), 0, '< 120');
    printFigure('MB for each further worker, of two', (peak(4) - two) / 2, 0, '≤ 40');
  }
}

/** From start to usage error, as packed. */
function start() {
  execFileSync(process.execPath, [new URL('../start.mjs', import.meta.url).pathname], { stdio: 'inherit' });
}

/** What can be measured, by name. */
export const SECTIONS = { files, growth, memory, database, start };

// node bench/verify.mjs [EVENTS] [--only files,growth,memory,database,start] [--full]: verification, with the packages as they are published,
// against a naive loop and the tools of the system, interleaved in one run; every figure beside its target. --full adds ten times the events.
// Needs a build; the database a PostgreSQL server.
// COUNTERSIGN_BENCH_FOLDER keeps the data from run to run, COUNTERSIGN_BENCH_ROUNDS is how often each case runs.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeArchive } from './lib/sealed-archive.mjs';
import { makePackedProject } from './lib/packed.mjs';
import { verifyFrom } from './lib/rounds.mjs';
import { SECTIONS } from './lib/verify-sections.mjs';
import { readCount, readOptions } from './lib/options.mjs';

const { values, positionals, refuse } = readOptions(
  `verify.mjs [EVENTS] [--only ${Object.keys(SECTIONS).join(',')}] [--full]`,
  { only: { type: 'string' }, full: { type: 'boolean', default: false } },
  1,
);
const events = readCount(positionals[0], 1_000_000, refuse);
const wanted = values.only?.split(',') ?? Object.keys(SECTIONS);
const unknown = wanted.find((name) => !Object.hasOwn(SECTIONS, name));
if (unknown !== undefined) refuse(`no such part: ${unknown}`);
if (events < 1000) refuse('fewer than 1,000 events show nothing');
const kept = process.env.COUNTERSIGN_BENCH_FOLDER;
const root = kept ?? mkdtempSync(join(tmpdir(), 'countersign-bench-'));

/** The folder of a chain of so many records: made once. */
async function dataOf(count) {
  const folder = count === events ? root : join(root, String(count));
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'archive'))) await makeArchive(folder, count);
  return folder;
}

const packed = await makePackedProject();
verifyFrom(packed);
const bed = { events, full: values.full, rounds: Number(process.env.COUNTERSIGN_BENCH_ROUNDS ?? 3), dataOf };
try {
  for (const name of wanted) {
    console.log(`\n${name}: ${events.toLocaleString('en')} events; node ${process.version}; fastest and middle one of the rounds`);
    await SECTIONS[name](bed);
  }
} finally {
  rmSync(packed, { recursive: true });
  if (kept === undefined) rmSync(root, { recursive: true });
}

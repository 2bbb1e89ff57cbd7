// node bench/verify-database.mjs [EVENTS]: verification of a PostgreSQL database against `psql COPY` of its table, in one run. Needs a build and a
// PostgreSQL server to start; prints one table.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { startPostgres } from '../tools/postgres.mjs';
import { CHAIN, makeArchive } from './lib/sealed-archive.mjs';

const EVENTS = Number(process.argv[2] ?? 200_000);
const ROUNDS = 3;
const THREADS = Math.min(availableParallelism(), 8);
const kept = process.env.COUNTERSIGN_BENCH_FOLDER;
const folder = kept ?? mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const CHILD = new URL('lib/verify-child.mjs', import.meta.url).pathname;

if (kept === undefined) await makeArchive(folder, EVENTS);
const server = await startPostgres();
if (typeof server === 'string') throw new Error(server);
try {
  await fill(server.url);
  await measure(server.url);
} finally {
  server.stop();
  if (kept === undefined) rmSync(folder, { recursive: true });
}

/** Records as they are in the file, and the notes of the archive's manifests. */
async function fill(url) {
  const client = await openPostgres(url);
  const store = await openStore(client);
  await store.create(CHAIN);
  await client.close();
  const manifests = readdirSync(join(folder, 'archive'), { recursive: true })
    .filter((name) => name.endsWith('.manifest.json'))
    .sort((a, b) => (a < b ? -1 : 1));
  const notes = manifests.map((name) => {
    const { size, checkpoint } = parseDocument(readFileSync(join(folder, 'archive', name))).value;
    return { size: Number(size), note: typeof checkpoint === 'string' ? checkpoint : '' };
  });
  const statements = [
    'set role countersign_owner',
    'create temporary table line (n bigint generated always as identity, text text)',
    `\\copy line (text) from program 'head -n ${EVENTS} ${join(folder, 'records.jsonl')}' with (format csv, quote e'\\x01', delimiter e'\\x02')`,
    'insert into countersign.record (chain, seq, record) select 1, n - 1, text from line order by n',
    ...notes
      .filter(({ size }) => size <= EVENTS)
      .flatMap(({ size, note }) => [
        `insert into countersign.checkpoint (chain, size, root, frontier) values (1, ${size}, sha256(''), '')`,
        `insert into countersign.note (chain, size, note) values (1, ${size}, $note$${note}$note$)`,
      ]),
    'reset role',
    'analyze countersign.record',
  ];
  execFileSync('psql', ['-q', '-v', 'ON_ERROR_STOP=1', url], {
    input: statements.map((one) => (one.startsWith('\\') ? one : `${one};`)).join('\n') + '\n',
  });
}

async function measure(url) {
  const verify = (level, threads) => {
    const out = execFileSync(process.execPath, [CHILD, folder, url, level, String(threads)], { encoding: 'utf8' });
    return JSON.parse(out);
  };
  const copy = () => {
    const start = performance.now();
    execFileSync('psql', ['-q', url, '-c', '\\copy countersign.record to /dev/null'], { stdio: 'ignore' });
    return { seconds: (performance.now() - start) / 1000 };
  };
  const cases = {
    'psql COPY': copy,
    integrity: () => verify('integrity', THREADS),
    default: () => verify('default', THREADS),
    'default, one thread': () => verify('default', 0),
  };
  const names = Object.keys(cases);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      results[name].push(await cases[name]());
    }
  const wall = (name) => results[name].map(({ seconds }) => seconds).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
  console.log(`${EVENTS} rows; node ${process.version}`);
  for (const name of names) {
    const peak = Math.max(0, ...results[name].map((one) => one.peak ?? 0));
    const over = wall(name) / wall('psql COPY');
    const rate = EVENTS / wall(name);
    const target = name === 'default' ? `   ≥ 100000 rows/s, ≤ 2 × COPY: ${rate >= 100_000 && over <= 2 ? 'met' : 'MISSED'}` : '';
    console.log(
      `${name.padEnd(22)} ${wall(name).toFixed(2).padStart(6)} s ${String(Math.round(rate)).padStart(8)} rows/s ${over.toFixed(2).padStart(6)} × COPY ${peak === 0 ? '' : `${peak} MB`.padStart(7)}${target}`,
    );
  }
}

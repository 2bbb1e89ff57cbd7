import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { startPostgres } from '../../tools/postgres.mjs';
import { printCases, printFigure, runRounds, shell, verify } from './rounds.mjs';
import { CHAIN } from './sealed-archive.mjs';

const THREADS = Math.min(availableParallelism(), 8);

/** A PostgreSQL database against `psql COPY` of its table. */
export async function database({ events, rounds, dataOf }) {
  const folder = await dataOf(events);
  const server = await startPostgres();
  if (typeof server === 'string') {
    console.log(`skipped: ${server}`);
    return;
  }
  try {
    await fill(server.url, folder, events);
    const results = await runRounds(
      {
        'psql COPY': () => shell(`psql -q '${server.url}' -c '\\copy countersign.record to /dev/null'`),
        'database, integrity': () => verify(folder, server.url, 'integrity', THREADS),
        'database, default': () => verify(folder, server.url, 'default', THREADS),
        'database, default, one thread': () => verify(folder, server.url, 'default', 0),
      },
      rounds,
    );
    printCases(results, events);
    printFigure('rows/s, default', events / results['database, default'].seconds, 0, '≥ 100000');
    printFigure('database, default / psql COPY', results['database, default'].seconds / results['psql COPY'].seconds, 2, '≤ 2');
  } finally {
    server.stop();
  }
}

/** Records as they are in the file, and the notes of the archive's manifests. */
async function fill(url, folder, events) {
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
    `\\copy line (text) from program 'head -n ${events} ${join(folder, 'records.jsonl')}' with (format csv, quote e'\\x01', delimiter e'\\x02')`,
    'insert into countersign.record (chain, seq, record) select 1, n - 1, text from line order by n',
    ...notes
      .filter(({ size }) => size <= events)
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

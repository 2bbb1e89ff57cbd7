// Restoring an archive into an empty PostgreSQL database, verified twice on the way. Options: [records, default 300,000].
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPool } from '@countersign/audit-chain/adapters/pg';
import { folderSource } from '@countersign/audit-chain/node/verify/folder-source';
import { nodeInflater } from '@countersign/audit-chain/node/verify/inflater';
import { scanPool } from '@countersign/audit-chain/node/verify/scan-pool';
import { compareArchive, restoreChain } from '@countersign/audit-chain/restore/restore';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { Pool } from 'pg';
import { startPostgres } from '../tools/postgres.mjs';
import { makeArchive } from './lib/sealed-archive.mjs';
import { readCount, readOptions } from './lib/options.mjs';

const { positionals, refuse } = readOptions('restore.mjs [RECORDS]', {}, 1);
const COUNT = readCount(positionals[0], 300_000, refuse);
const server = await startPostgres(['shared_buffers=1GB', 'max_wal_size=4GB']);
if (typeof server === 'string') {
  console.log(`restore: skipped, ${server}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const bytes = await makeArchive(folder, COUNT);
const archive = join(folder, 'archive');
const store = await openStore(fromPool(new Pool({ connectionString: server.url, max: 4 })));
const pool = scanPool();
const resolver = await parseRegistry(await readFile(join(folder, 'signers.json')));
const parts = { source: folderSource(archive), resolver, inflater: nodeInflater, pool, clock: Date };

const started = performance.now();
const comparison = await compareArchive(parts, () => Promise.resolve(undefined));
const compared = performance.now();
const chain = await store.create(comparison.chain);
let peak = 0;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
await restoreChain(comparison, parts, chain);
clearInterval(watch);
const ended = performance.now();

const rate = (from) => Math.round(COUNT / ((ended - from) / 1000)).toLocaleString('en');
console.log(`${server.version}, fsync on, ${COUNT.toLocaleString('en')} records, ${Math.round(bytes / 1e6)} MB`);
console.log(`verified in ${((compared - started) / 1000).toFixed(1)} s, stored in ${((ended - compared) / 1000).toFixed(1)} s`);
console.log(`${rate(started)} records/s in all, ${rate(compared)} while storing; peak memory ${Math.round(peak / 1e6)} MB`);
await pool.close();
await store.close();
server.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);

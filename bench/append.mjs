// Appending to PostgreSQL against a lock–select–insert loop on the same server, everything settled. Options: [seconds a case, default 3].
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPool } from '@countersign/audit-chain/adapters/pg';
import { Chain } from '@countersign/audit-chain/append/chain';
import { markFile } from '@countersign/audit-chain/node/log/mark-file';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { localSigner } from '@countersign/signer-registry/node/local-signer';
import { createDevRegistry } from '@countersign/signer-registry/registry/dev';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { Pool } from 'pg';
import { startPostgres } from '../tools/postgres.mjs';

const SECONDS = Number(process.argv[2] ?? 3);
const server = await startPostgres(['shared_buffers=1GB', 'max_wal_size=4GB']);
if (typeof server === 'string') {
  console.log(`append: skipped, ${server}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const pool = new Pool({ connectionString: server.url, max: 70 });
const store = await openStore(fromPool(pool));
const logKey = localSigner('log', generateKeyPairSync('ed25519').privateKey);
const rootKey = localSigner('root', generateKeyPairSync('ed25519').privateKey);
let chains = 0;

async function newChain(changes = {}) {
  const id = `bench.example.com/${++chains}`;
  const registry = await parseRegistry(await createDevRegistry({ chain: id, logKey, rootKey, now: Date.now() - 1000 }));
  const mark = markFile(join(folder, `mark-${chains}.json`));
  return await Chain.open({
    store: await store.create(id),
    signers: [logKey],
    resolver: registry,
    mark,
    clock: Date,
    limits: { settleTimeoutMs: 60_000 },
    ...changes,
  });
}

const text = 'x'.repeat(200);
const event = (n) => ({
  type: 'order.created',
  actor: 'user:7f3a',
  subject: `order:${n}`,
  payload: { amount: 1999, currency: 'EUR', n, text },
});

/** Calls `append` from so many callers at once for a while. */
async function load(callers, append) {
  const latencies = [];
  const end = performance.now() + SECONDS * 1000;
  let done = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let n = 0; performance.now() < end; n++) {
        const before = performance.now();
        await append(caller * 1e6 + n);
        latencies.push(performance.now() - before);
        done++;
      }
    }),
  );
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
  return { rate: (done / (performance.now() - start)) * 1000, p50: at(0.5), p99: at(0.99) };
}

/** The loop that services write by hand: lock, read the head, hash, sign, insert, commit. */
await pool.query(
  'create table naive (seq bigint primary key, payload jsonb not null, prev text not null, hash text not null, signature text not null)',
);
const naiveKey = generateKeyPairSync('ed25519').privateKey;
async function naiveAppend(n) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(1)');
    const { rows } = await client.query('select seq, hash from naive order by seq desc limit 1');
    const payload = JSON.stringify(event(n));
    const prev = rows[0]?.hash ?? '';
    const hash = createHash('sha256').update(payload).update(prev).digest('hex');
    const signature = sign(null, Buffer.from(hash), naiveKey).toString('base64');
    await client.query('insert into naive values ($1, $2, $3, $4, $5)', [Number(rows[0]?.seq ?? -1) + 1, payload, prev, hash, signature]);
    await client.query('commit');
  } finally {
    client.release();
  }
}
void createPublicKey;

const print = (name, { rate, p50, p99 }, note = '') =>
  console.log(
    `${name.padEnd(38)} ${Math.round(rate).toLocaleString('en').padStart(9)} /s   p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms   ${note}`,
  );

console.log(`${server.version}, fsync on, payload of about 250 bytes, ${SECONDS} s a case`);
const chain = await newChain();
await load(64, (n) => chain.append(event(n)));
for (const callers of [1, 16, 64]) {
  const naive = await load(callers, naiveAppend);
  const ours = await load(callers, (n) => chain.append(event(n)));
  print(`lock-select-insert, ${callers} callers`, naive);
  print(`append, ${callers} callers`, ours, `${(ours.rate / naive.rate).toFixed(1)} x`);
}
const instant = await load(256, (n) => chain.append(event(n)));
print('append, 256 in flight', instant);
const many = await load(4096, (n) => chain.append(event(n)));
print('append, 4,096 in flight', many);

const commits = await load(1, () =>
  pool.query('insert into naive select coalesce(max(seq), 0) + 1, $1, $2, $3, $4 from naive', ['{}', '', '', '']),
);
print('a bare commit', commits);

const slow = {
  ...logKey,
  sign: async (request) => {
    const signature = await logKey.sign(request);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return signature;
  },
};
const slowChain = await newChain({ signers: [slow] });
await load(256, (n) => slowChain.append(event(n)));
const slow256 = await load(256, (n) => slowChain.append(event(n)));
print(
  'append, 256 in flight, 50 ms signer',
  slow256,
  `${((100 * slow256.rate) / (256 / (0.05 + 1 / commits.rate))).toFixed(0)} % of 256 / (50 ms + a commit)`,
);
const slow4096 = await load(4096, (n) => slowChain.append(event(n)));
print('append, 4,096 in flight, 50 ms signer', slow4096, `${((100 * slow4096.rate) / many.rate).toFixed(0)} % of the instant signer`);

const outbox = await load(64, async (n) => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await chain.append(event(n), { transaction: client });
    await client.query('commit');
  } finally {
    client.release();
  }
});
print('left in transactions, 64 callers', outbox);
await Promise.all([chain.close(), slowChain.close()]);
await store.close();
server.stop();
rmSync(folder, { recursive: true, force: true });

import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
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
import { Client, Pool } from 'pg';
import { startPostgres } from '../../tools/postgres.mjs';

/** A private server with room in memory, a store on it, and a local Ed25519 signer; fsync and everything else as PostgreSQL has it. */
export async function openBed() {
  const server = await startPostgres(['shared_buffers=1GB', 'max_wal_size=4GB']);
  if (typeof server === 'string') return server;
  await recycleLog(server.socket);
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const pool = new Pool({ ...server.socket, max: 70 });
  pool.on('error', () => {});
  const store = await openStore(fromPool(new Pool({ ...server.socket, max: 8 })));
  const logKey = localSigner('log', generateKeyPairSync('ed25519').privateKey);
  const rootKey = localSigner('root', generateKeyPairSync('ed25519').privateKey);
  const open = [];
  return {
    server,
    pool,
    store,
    folder,
    signer: logKey,
    /** A new chain, its mark in a file. */
    async newChain(changes = {}) {
      const number = open.length + 1;
      const id = `bench.example.com/${number}`;
      const resolver = await parseRegistry(await createDevRegistry({ chain: id, logKey, rootKey, now: Date.now() - 1000 }));
      const chain = await Chain.open({
        store: await store.create(id),
        signers: [logKey],
        resolver,
        mark: markFile(join(folder, `mark-${number}.json`)),
        clock: Date,
        limits: { settleTimeoutMs: 60_000 },
        ...changes,
      });
      open.push(chain);
      return chain;
    },
    async close() {
      await Promise.all(open.map((chain) => chain.close()));
      await store.close();
      await pool.end();
      server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A server that has run for a while writes into segments of its log that are there already; a new one makes each, 16 MiB of zeros. */
async function recycleLog(socket) {
  const client = new Client(socket);
  await client.connect();
  for (let i = 0; i < 400; i++) await client.query("select pg_logical_emit_message(false, '', repeat('x', 1000000))");
  await client.query('checkpoint');
  await client.query('checkpoint');
  await client.end();
}

const text = 'x'.repeat(190);

/** An event whose payload has about 250 bytes. */
export const event = (n) => ({
  type: 'order.created',
  actor: `user:${n % 1000}`,
  subject: `order:${n}`,
  payload: { amount: 1999, currency: 'EUR', n, text },
});

let calls = 0;

/** Calls `append` from so many callers at once for a while, with another number each time. */
export async function load(callers, seconds, append) {
  const latencies = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        const before = performance.now();
        await append(++calls);
        latencies.push(performance.now() - before);
      }
    }),
  );
  return summarize(latencies, performance.now() - start);
}

function summarize(latencies, elapsed) {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { count: sorted.length, rate: (sorted.length / elapsed) * 1000, p50: at(0.5), p99: at(0.99) };
}

/** Measures several loads in turn, round after round, so that what disturbs the machine disturbs them alike. @returns medians by rate */
export async function inTurn(rounds, loads) {
  const results = Object.fromEntries(Object.keys(loads).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const [name, run] of Object.entries(loads)) results[name].push(await run());
  return Object.fromEntries(Object.entries(results).map(([name, all]) => [name, all.toSorted((a, b) => a.rate - b.rate)[rounds >> 1]]));
}

/** The loop that services write by hand: lock, read the head, hash, sign, insert, commit. @returns what appends one event */
export async function handWrittenLoop(pool) {
  await pool.query(
    'create table if not exists by_hand (seq bigint primary key, payload jsonb not null, prev text not null, hash text not null, signature text not null)',
  );
  const key = generateKeyPairSync('ed25519').privateKey;
  return async (n) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query('select pg_advisory_xact_lock(1)');
      const { rows } = await client.query('select seq, hash from by_hand order by seq desc limit 1');
      const payload = JSON.stringify(event(n));
      const prev = rows[0]?.hash ?? '';
      const hash = createHash('sha256').update(payload).update(prev).digest('hex');
      const signature = sign(null, Buffer.from(hash), key).toString('base64');
      const seq = Number(rows[0]?.seq ?? -1) + 1;
      await client.query('insert into by_hand values ($1, $2, $3, $4, $5)', [seq, payload, prev, hash, signature]);
      await client.query('commit');
    } finally {
      client.release();
    }
  };
}

/**
 * The least that any batching writer does: JSON, one hash, one insert for all who wait, into a table with the indexes that records have. No ids, tree,
 * signature, mark or receipt: what this machine allows. Half of those in flight are stored while the other half comes back.
 *
 * @returns what appends one event
 */
export async function leastWriter(pool) {
  await pool.query('create table if not exists least (like countersign.record including all)');
  const { rows } = await pool.query('select coalesce(max(seq) + 1, 0)::int as next from least');
  let { next } = rows[0];
  let prev = '0'.repeat(64);
  const line = (n) => {
    const made = JSON.stringify({ ...event(n), id: randomUUID() });
    const link = `{"chain":"bench.example.com/1","format":"countersign/record@1","prev":"${prev}","seq":${next++},"time":"2026-11-21T00:00:00.000Z"}`;
    const record = `{"event":${made},"link":${link}}`;
    prev = createHash('sha256').update(record).digest('hex');
    return record;
  };
  const waiting = [];
  let inFlight = 0;
  let stored = next;
  let running = false;
  const store = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, Math.max(32, Math.ceil(inFlight / 2)));
      const lines = batch.map(({ record }) => record).join('\n');
      const insert = "insert into least select 1, $1::bigint + i - 1, line from string_to_table($2, E'\\n') with ordinality as t (line, i)";
      await pool.query(insert, [stored, lines]);
      stored += batch.length;
      inFlight -= batch.length;
      for (const { resolve } of batch) resolve();
    }
    running = false;
  };
  return (n) =>
    new Promise((resolve) => {
      inFlight++;
      waiting.push({ record: line(n), resolve });
      if (running) return;
      running = true;
      queueMicrotask(() => void store());
    });
}

/** A table of results, targets beside them. */
export class Table {
  #rows = [];

  add(name, { rate, p50, p99 }, target, reached) {
    const ms = (n) => (n === undefined ? '' : n.toFixed(2));
    const mark = reached === undefined ? '' : reached.ok ? 'ok' : 'MISSED';
    this.#print([
      name,
      rate === undefined ? '' : Math.round(rate).toLocaleString('en'),
      ms(p50),
      ms(p99),
      reached?.text ?? '',
      target ?? '',
      mark,
    ]);
  }

  #print(row) {
    const widths = [50, 10, 9, 9, 16, 24, 6];
    if (this.#rows.length === 0) {
      const head = ['', 'events/s', 'p50 ms', 'p99 ms', 'figure', 'target', ''];
      console.log(
        head
          .map((cell, i) => (i === 0 || i > 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
          .join('  ')
          .trimEnd(),
      );
    }
    this.#rows.push(row);
    console.log(
      row
        .map((cell, i) => (i === 0 || i > 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    );
  }

  get missed() {
    return this.#rows.filter((row) => row.at(-1) === 'MISSED').length;
  }
}

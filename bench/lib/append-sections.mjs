import { randomUUID } from 'node:crypto';
import { fdatasyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { checkImport, importFile } from '@countersign/audit-chain/node/import/import';
import { verifySignature } from '@countersign/proof-core/node/signature';
import { event, handWrittenLoop, inTurn, leastWriter, load } from './append-bed.mjs';

const ROUNDS = 3;
const times = (a, b, least) => ({ ok: a.rate >= least * b.rate, text: `${(a.rate / b.rate).toFixed(1)} x` });

/** One caller alone against a bare commit and a signature. */
async function alone({ bed, table, seconds }) {
  const chain = await bed.newChain();
  await bed.pool.query('create table if not exists bare (n integer)');
  const commit = () => bed.pool.query('insert into bare values (1)');
  const signature = () => bed.signer.sign({ purpose: 'checkpoint', bytes: new Uint8Array(100) });
  const rules = whatTheRulesAsk(bed, commit, signature);
  // A process that has run for a while: its code is compiled.
  await load(64, 3, (n) => chain.append(event(n)));
  const result = await inTurn(ROUNDS, {
    commit: () => load(1, seconds / 2, commit),
    signature: () => load(1, seconds / 10, signature),
    rules: () => load(1, seconds / 2, rules),
    append: () => load(1, seconds, (n) => chain.append(event(n))),
  });
  table.add('a bare commit, 1 caller', result.commit);
  table.add('a signature', result.signature);
  table.add('commit, flush of a mark, signature, its verification', result.rules);
  table.add('append, 1 caller', result.append, '<= 3 x (both)', {
    ok: result.append.p50 <= 3 * (result.commit.p50 + result.signature.p50),
    text: `${(result.append.p50 / (result.commit.p50 + result.signature.p50)).toFixed(2)} x`,
  });
}

/** The parts that no append of one event can do without (architecture §4), bare and one after the other. */
function whatTheRulesAsk(bed, commit, signature) {
  const file = openSync(join(bed.folder, 'flushed'), 'w');
  const slot = new Uint8Array(4096);
  return async () => {
    await commit();
    writeSync(file, slot, 0, slot.length, 0);
    fdatasyncSync(file);
    verifySignature(bed.signer.publicKey, new Uint8Array(100), await signature());
  };
}

/** 16 and 64 callers against the loop that services write by hand. */
async function callers({ bed, table, seconds }) {
  const chain = await bed.newChain();
  const append = (n) => chain.append(event(n));
  const byHand = await handWrittenLoop(bed.pool);
  const leastOf = await leastWriter(bed.pool);
  await load(64, 1, append);
  await load(64, 1, leastOf);
  for (const [count, least] of [
    [16, 10],
    [64, 15],
  ]) {
    const result = await inTurn(ROUNDS, {
      byHand: () => load(count, seconds, byHand),
      least: () => load(count, seconds, leastOf),
      append: () => load(count, seconds, append),
    });
    table.add(`lock–select–insert by hand, ${count} callers`, result.byHand);
    table.add(`the least a writer in batches does, ${count} callers`, result.least);
    table.add(`append, ${count} callers`, result.append, `>= ${least} x by hand`, times(result.append, result.byHand, least));
  }
}

/** 256 in flight. */
async function flight({ bed, table, seconds }) {
  const chain = await bed.newChain();
  const append = (n) => chain.append(event(n));
  const least = await leastWriter(bed.pool);
  await load(256, 1, append);
  await load(256, 1, least);
  const result = await inTurn(ROUNDS, { least: () => load(256, seconds, least), append: () => load(256, seconds, append) });
  table.add('the least a writer in batches does, 256 in flight', result.least);
  const share = `${((100 * result.append.rate) / result.least.rate).toFixed(0)} % of least`;
  table.add('append, 256 in flight', result.append, '>= 30,000 /s', { ok: result.append.rate >= 30_000, text: share });
}

/** A signer that takes 50 ms, against the instant one and against one wave of callers for each signature. */
async function signer({ bed, table, seconds }) {
  const slow = {
    ...bed.signer,
    async sign(request) {
      const signature = await bed.signer.sign(request);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return signature;
    },
  };
  const [instant, late] = [await bed.newChain(), await bed.newChain({ signers: [slow] })];
  await bed.pool.query('create table if not exists bare (n integer)');
  await load(4096, 1, (n) => instant.append(event(n)));
  await load(256, 1, (n) => late.append(event(n)));
  const result = await inTurn(ROUNDS, {
    commit: () => load(1, seconds / 4, () => bed.pool.query('insert into bare values (1)')),
    instant: () => load(4096, seconds, (n) => instant.append(event(n))),
    late: () => load(4096, seconds, (n) => late.append(event(n))),
    wave: () => load(256, seconds, (n) => late.append(event(n))),
  });
  const most = { rate: 256 / (0.05 + result.commit.p50 / 1000) };
  const share = (a, b) => ({ ok: a.rate >= 0.8 * b.rate, text: `${((100 * a.rate) / b.rate).toFixed(0)} %` });
  table.add('append, 4,096 in flight', result.instant);
  table.add('append, 4,096 in flight, signer of 50 ms', result.late, '>= 80 % of instant', share(result.late, result.instant));
  table.add('256 / (50 ms + a commit)', most);
  table.add('append, 256 in flight, signer of 50 ms', result.wave, '>= 80 % of that', share(result.wave, most));
}

/**
 * Events in the callers' own transactions, each with a row of the caller's: to be compared with the same transactions without events, and with
 * rows of the same size in a table of the caller's instead. Counted until the last is settled.
 */
async function outbox({ bed, table, seconds }) {
  const chain = await bed.newChain();
  await bed.pool.query('create table placed (n bigint generated always as identity primary key, name text, amount integer)');
  await bed.pool.query('create table plain (n bigint generated always as identity primary key, id uuid, event text)');
  const transaction = (work) => async (n) => {
    const client = await bed.pool.connect();
    try {
      await client.query('begin');
      await client.query('insert into placed (name, amount) values ($1, $2)', [`order:${n}`, 1999]);
      const left = await work(client, n);
      await client.query('commit');
      return left;
    } finally {
      client.release();
    }
  };
  const many = (n, count) => Array.from({ length: count }, (_, i) => event(count * n + i));
  const rows = (client, n, count) => {
    const values = many(n, count).flatMap((input) => [randomUUID(), JSON.stringify(input)]);
    const places = Array.from({ length: count }, (_, i) => `($${2 * i + 1}, $${2 * i + 2})`);
    return client.query(`insert into plain (id, event) values ${places.join()}`, values);
  };
  const plain = (count) => transaction((client, n) => rows(client, n, count));
  const one = transaction((client, n) => chain.append(event(n), { transaction: client }));
  const leave = (count) => transaction((client, n) => chain.appendAll(many(n, count), { transaction: client }));
  const settled = async (count, run) => {
    const [start, size] = [performance.now(), chain.size];
    const result = await load(16, seconds, run);
    const events = count * result.count;
    // Whoever places the events is woken by the last of them too.
    while (chain.settledSize < size + events) await new Promise((resolve) => setTimeout(resolve, 1));
    return { ...result, rate: (events / (performance.now() - start)) * 1000 };
  };
  await load(16, 1, leave(10));
  await settled(10, leave(10));
  const result = await inTurn(ROUNDS, {
    bare: () =>
      load(
        16,
        seconds / 2,
        transaction(() => {}),
      ),
    plain: () => load(16, seconds / 2, plain(1)),
    one: () => settled(1, one),
    plainTen: () => load(16, seconds / 2, plain(10)),
    ten: () => settled(10, leave(10)),
    hundred: () => settled(100, leave(100)),
    receipt: () => load(1, seconds / 2, async (n) => (await one(n)).settled()),
  });
  const share = (a, b) => `${(a.rate / b.rate).toFixed(2)} x`;
  const goal = (figure, text) => ({ ok: figure.rate >= 8000, text });
  const tenRows = { ...result.plainTen, rate: 10 * result.plainTen.rate };
  table.add('transactions of one row of the caller, 16 callers', result.bare);
  table.add('  and one plain row', result.plain);
  table.add('  and one event, settled', result.one, '>= 8,000 /s', goal(result.one, `${share(result.one, result.plain)} plain`));
  table.add('  and ten plain rows', tenRows);
  table.add('  and ten events, settled', result.ten, '>= 8,000 /s', goal(result.ten, `${share(result.ten, tenRows)} plain`));
  table.add('  and a hundred events, settled', result.hundred);
  table.add('  and one event and its receipt, 1 caller', result.receipt);
}

/**
 * A file of events against COPY of the rows that it becomes, into tables with the same indexes: of what the check has kept, and of a file that is
 * read again because it is too large to keep.
 */
async function bulk({ bed, table, full }) {
  const count = full ? 200_000 : 50_000;
  const file = join(bed.folder, 'events.jsonl');
  writeFileSync(file, Array.from({ length: count }, (_, n) => `${JSON.stringify(event(n))}\n`).join(''));
  const timed = async (work) => {
    const start = performance.now();
    await work();
    return { rate: count / ((performance.now() - start) / 1000) };
  };
  let chain;
  const imported = (options) => async () => {
    chain = await bed.newChain();
    const check = await checkImport(file, chain.id, options);
    return await timed(() => importFile(chain, file, check));
  };
  const result = await inTurn(ROUNDS, {
    check: () => timed(() => checkImport(file, 'bench.example.com/check')),
    again: imported({ keepBytes: 0 }),
    kept: imported({ keepBytes: 2 ** 30 }),
    copied: async () => await copyAgain(bed, chain.id, count),
  });
  const share = (figure) => `${(figure.rate / result.copied.rate).toFixed(2)} x`;
  const both = { rate: 1 / (1 / result.check.rate + 1 / result.kept.rate) };
  table.add(`COPY of the rows of ${count.toLocaleString('en')} events`, result.copied);
  table.add('import of them, settled', result.kept, '>= 0.5 x', {
    ok: result.kept.rate >= 0.5 * result.copied.rate,
    text: share(result.kept),
  });
  table.add('  the check of the file before', result.check);
  table.add('  both', both, '', { ok: true, text: share(both) });
  table.add('import of a file too large to keep, settled', result.again, '>= 0.5 x', {
    ok: result.again.rate >= 0.5 * result.copied.rate,
    text: share(result.again),
  });
}

async function copyAgain({ pool, server }, chain, count) {
  const { rows } = await pool.query('select id from countersign.chain where name = $1', [chain]);
  const client = await pool.connect();
  const path = (name) => join(server.socket.host, 'data', `${name}.copy`);
  for (const name of ['record', 'event_id']) {
    await client.query(`drop table if exists copy_${name}`);
    await client.query(`create table copy_${name} (like countersign.${name} including all)`);
    await client.query(`copy (select * from countersign.${name} where chain = ${rows[0].id} order by seq) to '${path(name)}'`);
  }
  const start = performance.now();
  await client.query('begin');
  for (const name of ['record', 'event_id']) await client.query(`copy copy_${name} from '${path(name)}'`);
  await client.query('commit');
  client.release();
  return { rate: count / ((performance.now() - start) / 1000) };
}

/** What an event costs early and late in a chain: processor time of the process, and the clock, between sizes of 10^5 and 10^6 (10^7). */
async function growth({ bed, table, full }) {
  const chain = await bed.newChain();
  const sizes = full ? [1e5, 1e6, 1e7] : [1e5, 1e6];
  const costs = [];
  for (const size of sizes) {
    await fill(chain, size);
    const start = performance.now();
    await fill(chain, size + 50_000);
    const rate = 50_000 / ((performance.now() - start) / 1000);
    costs.push(rate);
    const figure =
      costs.length === 1 ? {} : { target: '>= 0.9 x', reached: { ok: rate >= 0.9 * costs[0], text: `${(rate / costs[0]).toFixed(2)} x` } };
    table.add(`append, 1,000 in flight, from ${size.toLocaleString('en')} records`, { rate }, figure.target, figure.reached);
  }
}

async function fill(chain, size) {
  let next = chain.size;
  const append = async () => {
    while (next < size) await chain.append(event(++next));
  };
  await Promise.all(Array.from({ length: 1000 }, append));
}

/** What can be measured, by name. */
export const SECTIONS = { alone, callers, flight, signer, outbox, import: bulk, growth };

// Sealing a chain from PostgreSQL to a directory, against `gzip -6` on the same bytes in the same run. Options: --full (1M records), or a number.
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Chain } from '@countersign/audit-chain/append/chain';
import { openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { startPostgres } from '../tools/postgres.mjs';
import { importPrivateKey } from './lib/seal-keys.mjs';
import { readCount, readOptions } from './lib/options.mjs';

const CHAIN = 'bench.example.com/seal';
const { values, positionals, refuse } = readOptions('seal.mjs [RECORDS] [--full]', { full: { type: 'boolean' } }, 1);
const COUNT = readCount(positionals[0], values.full === true ? 1_000_000 : 100_000, refuse);
const ROUNDS = 3;
const WORDS = 'order paid refund shipped parcel Zürich customer invoice total warehouse delayed naïve café pending review'.split(' ');

/** An event whose record has about 650 bytes. */
function event(n) {
  const word = (i) => WORDS[(n * 7 + i * 13) % WORDS.length];
  const items = [
    { price: n % 997, sku: `sku-${n % 4093}`, tags: [word(1), word(2)] },
    { price: 12.5, sku: `sku-${n % 89}`, tags: [word(3)] },
  ];
  const message = Array.from({ length: 12 }, (_, i) => word(i)).join(' ');
  const payload = { amount: (n * 37) % 100_000, currency: 'CHF', items, message, paid: n % 3 === 0, ref: null };
  return { actor: `user:${(n * 2_654_435_761) % 100_000}`, payload, subject: `order:${n}`, type: 'order.created' };
}

/** Appends the records, and writes their lines to a file. */
async function makeChain(url, pem, file) {
  const client = await openPostgres(url);
  const database = await openStore(client);
  const store = await database.create(CHAIN);
  let kept;
  const mark = { read: () => Promise.resolve(kept), reserve: (next) => Promise.resolve(void (kept = next)) };
  const { signer, resolver } = importPrivateKey(pem);
  const chain = await Chain.open({ store, signers: [signer], resolver, mark, clock: Date });
  for (let n = 1; n < COUNT; n += 4000)
    await Promise.all(Array.from({ length: Math.min(4000, COUNT - n) }, (_, i) => chain.append(event(n + i))));
  await chain.close();
  const out = openSync(file, 'w');
  for await (const chunk of store.records(0, COUNT)) writeSync(out, chunk);
  closeSync(out);
  await client.query('vacuum analyze');
  await database.close();
}

const median = (numbers) => numbers.toSorted((x, y) => x - y)[numbers.length >> 1];
const folder = mkdtempSync(join(tmpdir(), 'countersign-seal-'));
const server = await startPostgres();
if (typeof server === 'string') {
  console.log(`not measured: ${server}`);
} else {
  try {
    const [lines, key] = [join(folder, 'records.jsonl'), join(folder, 'key.pem')];
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(key, pem, { mode: 0o600 });
    await makeChain(server.url, pem, lines);
    const { size } = statSync(lines);
    console.log(
      `${COUNT.toLocaleString('en')} records, ${Math.round(size / COUNT)} bytes a line, ${server.version}, ${ROUNDS} rounds each`,
    );
    const child = fileURLToPath(new URL('lib/seal-child.mjs', import.meta.url));
    const gzips = [];
    const seals = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      spawnSync('sh', ['-c', 'gzip -6 < "$1" > "$2"', 'sh', lines, join(folder, 'gzip.gz')]);
      gzips.push((performance.now() - start) / 1000);
      const archive = join(folder, `archive-${round}`);
      const { stdout, stderr, status } = spawnSync(process.execPath, [child, server.url, CHAIN, archive, key], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      seals.push(JSON.parse(stdout));
      rmSync(archive, { recursive: true });
    }
    const [gzip, seal] = [median(gzips), median(seals.map(({ seconds }) => seconds))];
    const rate = (seconds) =>
      `${seconds.toFixed(2)} s  ${Math.round(COUNT / seconds).toLocaleString('en')} records/s  ${(size / seconds / 1e6).toFixed(0)} MB/s`;
    console.log(`gzip -6 of the lines            ${rate(gzip)}`);
    console.log(`seal, records to signed archive ${rate(seal)}   ${(gzip / seal).toFixed(2)} × the speed of gzip -6`);
    console.log(
      `most memory ${Math.max(...seals.map(({ megabytes }) => megabytes)).toFixed(0)} MB; processor time ${median(seals.map(({ cpu }) => cpu)).toFixed(2)} s; ${seals[0].segments} segments`,
    );
  } finally {
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

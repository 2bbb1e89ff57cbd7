// How soon after the append a checkpoint is witnessed, at one checkpoint a second. Options: [checkpoints, default 20].
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fromPool } from '@countersign/audit-chain/adapters/pg';
import { Chain } from '@countersign/audit-chain/append/chain';
import { markFile } from '@countersign/audit-chain/node/log/mark-file';
import { httpExchange } from '@countersign/audit-chain/node/witness/http';
import { witnessServer } from '@countersign/audit-chain/node/witness/server';
import { openWitness } from '@countersign/audit-chain/node/witness/witness';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { Cosigner } from '@countersign/audit-chain/witness/cosign';
import { followWitnesses } from '@countersign/audit-chain/witness/follow';
import { formatVkey, noteKey } from '@countersign/proof-core/note/key';
import { parsePolicy } from '@countersign/proof-core/note/policy';
import { localSigner } from '@countersign/signer-registry/node/local-signer';
import { createDevRegistry } from '@countersign/signer-registry/registry/dev';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { Pool } from 'pg';
import { startPostgres } from '../tools/postgres.mjs';
import { readCount, readOptions } from './lib/options.mjs';

const { positionals, refuse } = readOptions('witness.mjs [CHECKPOINTS]', {}, 1);
const CHECKPOINTS = readCount(positionals[0], 20, refuse);
const server = await startPostgres([]);
if (typeof server === 'string') {
  console.log(`witness: skipped, ${server}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const pool = new Pool({ connectionString: server.url, max: 10 });
const store = await openStore(fromPool(pool));
const key = () => generateKeyPairSync('ed25519').privateKey;
const id = 'bench.example.com/witnessed';
const [logKey, rootKey] = [localSigner('log', key()), localSigner('root', key())];
const registry = await parseRegistry(await createDevRegistry({ chain: id, logKey, rootKey, now: Date.now() - 1000 }));
const chain = await Chain.open({
  store: await store.create(id),
  signers: [logKey],
  resolver: registry,
  mark: markFile(join(folder, 'mark.json')),
  clock: Date,
});

const witnesses = await Promise.all(
  [1, 2, 3].map(async (n) => {
    const name = `witness.example.org/w${n}`;
    const witness = await openWitness({
      signer: { name, signer: localSigner(name, key()) },
      logs: [noteKey(id, logKey.publicKey)],
      folder: join(folder, name),
      clock: Date,
    });
    const http = witnessServer(witness);
    await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
    return { witness, http, line: `witness w${n} ${formatVkey(witness.key)} http://127.0.0.1:${http.address().port}\n` };
  }),
);
const policy = parsePolicy(new TextEncoder().encode(`${witnesses.map(({ line }) => line).join('')}group all 2 w1 w2 w3\nquorum all\n`));
const exchange = httpExchange();
const cosigner = new Cosigner({ store: await store.open(id), resolver: registry, policy, exchange, clock: Date });
const appended = new Map();
const latencies = [];
cosigner.onWitnessed = (size) => {
  for (const [at, start] of appended) {
    if (at >= size) continue;
    latencies.push(performance.now() - start);
    appended.delete(at);
  }
};
const end = new AbortController();
const following = followWitnesses(cosigner, { signal: end.signal });
for (let n = 0; n < CHECKPOINTS; n++) {
  const start = performance.now();
  appended.set((await chain.append({ type: 'order.created', actor: 'user:7f3a', payload: { n } })).seq, start);
  await wait(Math.max(0, 1000 - (performance.now() - start)));
}
for (let i = 0; i < 50 && appended.size > 0; i++) await wait(100);
end.abort();
await following;
latencies.sort((a, b) => a - b);
const at = (share) => `${Math.round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))])} ms`;
console.log(`${latencies.length} of ${CHECKPOINTS} appends witnessed by 2 of 3, from the call of append: p50 ${at(0.5)}, p99 ${at(0.99)}`);
console.log(latencies.length === CHECKPOINTS && latencies.at(-1) < 3000 ? 'goal met: each within 3 s' : 'GOAL NOT MET: each within 3 s');
if (latencies.length < CHECKPOINTS || latencies.at(-1) >= 3000) process.exitCode = 1;
exchange.close();
for (const { witness, http } of witnesses) {
  http.closeAllConnections();
  http.close();
  witness.close();
}
await chain.close();
await store.close();
server.stop();
rmSync(folder, { recursive: true, force: true });

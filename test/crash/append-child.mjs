// Appends and seals without end and tells the parent of every settled event; the parent kills it somewhere in the middle.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { fromPool } from '@countersign/audit-chain/adapters/pg';
import { Chain } from '@countersign/audit-chain/append/chain';
import { sealChain } from '@countersign/audit-chain/archive/seal';
import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { gzipMember } from '@countersign/audit-chain/node/archive/gzip';
import { markFile } from '@countersign/audit-chain/node/log/mark-file';
import { openPglite } from '@countersign/audit-chain/node/pglite/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { loadLocalSigner } from '@countersign/signer-registry/node/local-signer';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { readFile } from 'node:fs/promises';

const CALLERS = 24;
const [, , database, folder, chainId, name] = process.argv;
const client = database.startsWith('postgres:')
  ? fromPool(new (await import('pg')).Pool({ connectionString: database }))
  : await openPglite(database);
const store = await openStore(client);
const local = await loadLocalSigner(join(folder, 'log.pem'));
const signer = /[13579]$/.test(name) ? slow(local) : local;
const registry = await parseRegistry(await readFile(join(folder, 'signers.json')));
// Another process may be making it, too.
const chainStore = await store.create(chainId).catch(() => store.open(chainId));
const chain = await Chain.open({
  store: chainStore,
  signers: [signer],
  resolver: registry,
  mark: markFile(join(folder, 'mark.json')),
  clock: Date,
});

/** A signer that is far away: answers come back late, and overtake each other. */
function slow(near) {
  let calls = 0;
  const sign = async (request) => {
    const signature = await near.sign(request);
    await new Promise((resolve) => setTimeout(resolve, 11 + ((++calls * 7) % 30)));
    return signature;
  };
  return { ...near, sign };
}

async function append(caller) {
  for (let n = 0; ; n++) {
    const { seq, id } = await chain.append({ type: 'a.b', actor: `user:${caller}`, payload: { n, name, text: 'x'.repeat(n % 400) } });
    // One write for each settled event: what the parent has read was acknowledged.
    writeSync(1, `${seq} ${id}\n`);
  }
}

async function seal() {
  for (;;) {
    const parts = {
      store: chainStore,
      target: folderTarget(join(folder, 'archive')),
      signers: [signer],
      resolver: registry,
      registry: { digest: registry.digest, version: registry.version },
      exporter: { env: 'test', pii_policy_version: '1', service: 'crash', version: '0' },
      retention: { mode: 'none' },
      gzip: gzipMember,
      now: new Date().toISOString(),
      limits: { records: 200 },
    };
    for await (const segment of sealChain(parts)) void segment;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await Promise.all([...Array.from({ length: CALLERS }, (_, caller) => append(caller)), seal()]);

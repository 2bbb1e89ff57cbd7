// Seals a chain from PostgreSQL to a directory in a process of its own, and prints seconds, processor time and the most memory it had.
import { readFileSync } from 'node:fs';
import { sealChain } from '@countersign/audit-chain/archive/seal';
import { gzipMemberAside } from '@countersign/audit-chain/node/archive/gzip';
import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { importPrivateKey } from './seal-keys.mjs';

const [url, chain, folder, keyFile] = process.argv.slice(2);
const { signer, resolver } = importPrivateKey(readFileSync(keyFile, 'utf8'));
const client = await openPostgres(url);
const store = await (await openStore(client, { migrate: false })).open(chain);
const start = performance.now();
const cpu = process.cpuUsage();
let segments = 0;
const parts = {
  store,
  target: folderTarget(folder),
  signers: [signer],
  resolver,
  registry: { digest: '0'.repeat(64), version: 1 },
  exporter: { env: 'bench', pii_policy_version: '1', service: 'bench', version: '0' },
  gzip: gzipMemberAside,
  now: new Date().toISOString(),
};
for await (const segment of sealChain(parts)) segments += segment.last >= segment.first ? 1 : 0;
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
await client.close();
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, segments, megabytes: process.resourceUsage().maxRSS / 1024 }));

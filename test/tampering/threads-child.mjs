// node threads-child.mjs FOLDER: the reports of an archive by one thread and by several, as JSON; runs what was built.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderSource } from '@countersign/audit-chain/node/verify/folder-source';
import { nodeInflater } from '@countersign/audit-chain/node/verify/inflater';
import { scanPool } from '@countersign/audit-chain/node/verify/scan-pool';
import { inspectArchive } from '@countersign/audit-chain/verify/archive/inspect';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';

const folder = process.argv[2];
const archive = join(folder, 'archive');
const resolver = await parseRegistry(readFileSync(join(folder, 'signers.json')));
const reports = [await inspectArchive(folderSource(archive), { resolver, inflater: nodeInflater })];
// With all left to the threads; with what they cannot take at once done by this one.
for (const [threads, worthBytes] of [
  [1, 0],
  [3, 0],
  [1, 1],
  [0, 1],
]) {
  const pool = scanPool({ threads, worthBytes });
  let records = 0;
  const onProgress = (progress) => (records = progress.records);
  reports.push(await inspectArchive(folderSource(archive), { resolver, inflater: nodeInflater, pool, onProgress }));
  await pool.close();
  if (records < 80) throw new Error(`progress ended at ${records} records`);
}
console.log(JSON.stringify(reports));

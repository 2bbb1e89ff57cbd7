// node verify-child.mjs FOLDER SOURCE LEVEL THREADS: one verification; prints what it took as JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeInflater } from '@countersign/audit-chain/node/verify/inflater';
import { segmentPool } from '@countersign/audit-chain/node/verify/segment-pool';
import { openSource } from '@countersign/audit-chain/node/verify/open';
import { inspectArchive } from '@countersign/audit-chain/verify/archive/inspect';
import { inspectRecords } from '@countersign/audit-chain/verify/records/inspect';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';

const [folder, name, level, threads] = process.argv.slice(2);
const resolver = await parseRegistry(readFileSync(join(folder, 'signers.json')));
const start = performance.now();
const cpu = process.cpuUsage();
const path = join(folder, name);
const open = await openSource(path, process.stdin);
const options = { resolver, level };
const pool = open.kind === 'archive' && threads !== '1' ? segmentPool(path, { threads: Number(threads) }) : undefined;
const report =
  open.kind === 'archive'
    ? await inspectArchive(open.source, { ...options, inflater: nodeInflater, ...(pool === undefined ? {} : { pool }) })
    : await inspectRecords(open.source, options);
await pool?.close();
await open.close();
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - start) / 1000;
if (report.axes.integrity !== 'pass') throw new Error(report.summary);
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peak: Math.round(process.resourceUsage().maxRSS / 1024) }));

// node verify-child.mjs FOLDER SOURCE LEVEL THREADS (beside the first; 0: it alone): one verification; prints what it took as JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepNurserySmall } from '@countersign/verify-cli/audit-verify/nursery';

const [folder, name, level, threads] = process.argv.slice(2);
// As the command does, before anything else is loaded and as work goes on.
const keepSmall = () => keepNurserySmall(level !== 'deep');
keepSmall();
const { nodeInflater } = await import('@countersign/audit-chain/node/verify/inflater');
const { scanPool } = await import('@countersign/audit-chain/node/verify/scan-pool');
const { openSource } = await import('@countersign/audit-chain/node/verify/open');
const { inspectArchive } = await import('@countersign/audit-chain/verify/archive/inspect');
const { inspectRecords } = await import('@countersign/audit-chain/verify/records/inspect');
const { parseRegistry } = await import('@countersign/signer-registry/registry/parse');

const resolver = await parseRegistry(readFileSync(join(folder, 'signers.json')));
const start = performance.now();
const cpu = process.cpuUsage();
const path = name.includes('://') ? name : join(folder, name);
const open = await openSource(path, process.stdin);
const options = { resolver, level, onProgress: keepSmall };
const pool = threads === '0' ? undefined : scanPool({ threads: Number(threads) });
const report =
  open.kind === 'archive'
    ? await inspectArchive(open.source, { ...options, inflater: nodeInflater, ...(pool === undefined ? {} : { pool }) })
    : await inspectRecords(open.source, { ...options, ...(pool === undefined ? {} : { pool }) });
await pool?.close();
await open.close();
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - start) / 1000;
if (report.axes.integrity !== 'pass') throw new Error(report.summary);
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peak: Math.round(process.resourceUsage().maxRSS / 1024) }));

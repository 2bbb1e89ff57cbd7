// Importing JSONL into a log directory, everything settled, against a naive loop on the same lines. Options: [FILE.jsonl[.gz]].
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { checkImport, importFile } from '@countersign/audit-chain/node/import/import';
import stringify from 'fast-json-stable-stringify';
import { initLog } from '../packages/verify-cli/dist/node/log/init.js';
import { openLog } from '../packages/verify-cli/dist/node/log/open.js';
import { readOptions } from './lib/options.mjs';

const [given] = readOptions('import.mjs [FILE.jsonl[.gz]]', {}, 1).positionals;
const folder = mkdtempSync(join(tmpdir(), 'countersign-import-'));
const file = given ?? join(folder, 'events.jsonl');

/** Events of about 730 bytes with paths, long messages and Unicode, as commit histories have them. */
function event(n) {
  const words = ['fix', 'timeout', 'när', 'größe', 'テスト', 'stream', 'handler', 'remove', 'unused', '✓', 'docs', 'types'];
  const message = Array.from({ length: 12 + ((n * 7) % 40) }, (_, i) => words[(n * 31 + i * 17) % words.length]).join(' ');
  const files = Array.from({ length: 1 + (n % 5) }, (_, i) => ['M', `lib/${(n * 13 + i) % 97}/reply-${(n + i) % 1000}.js`]);
  const sha = createHash('sha1').update(String(n)).digest('hex');
  const payload = {
    repo: 'example/project',
    sha,
    parents: [
      createHash('sha1')
        .update(String(n - 1))
        .digest('hex'),
    ],
    tree: sha,
    message,
    files,
  };
  return {
    occurred_at: new Date(1.6e12 + n * 61_000).toISOString(),
    actor: `git:${sha.slice(0, 12)}`,
    type: 'commit.created',
    subject: `example/project@${sha.slice(0, 12)}`,
    payload,
  };
}

if (given === undefined) writeFileSync(file, Array.from({ length: 32_000 }, (_, n) => `${JSON.stringify(event(n))}\n`).join(''));
const stored = readFileSync(file);
const lines = (stored[0] === 0x1f ? gunzipSync(stored) : stored).toString().trimEnd().split('\n');

const naiveStart = performance.now();
let prev = '';
for (const line of lines)
  prev = createHash('sha256')
    .update(stringify(JSON.parse(line)))
    .update(prev)
    .digest('hex');
const naive = lines.length / ((performance.now() - naiveStart) / 1000);

await initLog(join(folder, 'log'), { chain: 'bench.example.com/import' });
const log = await openLog(join(folder, 'log'));
const cpu = process.cpuUsage();
const start = performance.now();
const check = await checkImport(file, log.chain.id);
const checked = performance.now();
const { settled } = await importFile(log.chain, file, check);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
await log.close();
rmSync(folder, { recursive: true, force: true });

const rate = (n) => `${Math.round(n).toLocaleString('en')} events/s`;
console.log(
  `${settled.toLocaleString('en')} events, ${Math.round(lines.reduce((sum, line) => sum + line.length, 0) / lines.length)} bytes a line, embedded store, fsync on`,
);
console.log(
  `import, checked first and settled     ${rate(settled / seconds)}   (${((checked - start) / 1000).toFixed(2)} s of ${seconds.toFixed(2)} s to check the file)`,
);
console.log(`processor time of it                  ${((user + system) / settled).toFixed(0)} µs an event`);
console.log(`naive: parse, stringify, hash, in memory  ${rate(naive)}`);

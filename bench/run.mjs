// Runs benchmarks by name, or all of them: `npm run bench`, `npm run bench -- import verify`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const folder = new URL('.', import.meta.url).pathname;
const all = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs') && name !== 'run.mjs')
  .map((name) => name.slice(0, -'.mjs'.length));
const [first, ...rest] = process.argv.slice(2);
const named = first === undefined ? all : [first, ...rest].filter((name) => all.includes(name));
const options = [first, ...rest].filter((name) => name !== undefined && !all.includes(name));
if (first !== undefined && named.length === 0) {
  process.stderr.write(`no such benchmark: ${first}; there are ${all.join(', ')}\n`);
  process.exit(2);
}
let failed = 0;
for (const name of named) {
  process.stdout.write(`\n# ${name}\n`);
  const { status } = spawnSync(process.execPath, [`${folder}${name}.mjs`, ...options], { stdio: 'inherit' });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;

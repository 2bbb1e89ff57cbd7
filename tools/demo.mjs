// The main job from end to end, with the commands a user has: make a log, append, import, seal, verify; then tamper and see it named.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const ROOT = new URL('..', import.meta.url).pathname;
const WORK = join(ROOT, '.demo');
const COLOR = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code) => (text) => (COLOR ? `\u001b[${code}m${text}\u001b[0m` : text);
const [bold, dim, green, red] = ['1', '2', '32', '31'].map(paint);
const say = (text = '') => process.stdout.write(`${text}\n`);

/** Runs a command as a user would; its output is shown, or returned. */
function run(command, args, { show = true, expect = 0 } = {}) {
  if (show) say(`${dim('$')} ${bold([command, ...args.map((part) => (/[{} ]/.test(part) ? `'${part}'` : part))].join(' '))}`);
  const bin = join(ROOT, 'packages/verify-cli/bin', `${command}.js`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: WORK, encoding: 'utf8' });
  if (show) say(`${stdout}${stderr}`.trimEnd().replaceAll(/^/gm, '  '));
  if (show) say();
  if (status !== expect) throw new Error(`${command} ended with ${status}, expected ${expect}: ${stderr || stdout}`);
  return stdout;
}

/** Events like those of a shop, the same in every run. */
function events(from, count) {
  const types = ['order.created', 'payment.received', 'order.shipped', 'license.issued'];
  return Array.from({ length: count }, (_, i) => {
    const n = from + i;
    const payload = { amount: ((n * 7919) % 90_000) + 100, currency: ['EUR', 'USD', 'JPY'][n % 3], note: n % 5 === 0 ? 'für Zoë ✓' : '' };
    return JSON.stringify({ type: types[n % 4], actor: `user:${(n * 31) % 97}`, subject: `order:${Math.floor(n / 4)}`, payload });
  });
}

/** The segments of an archive folder, oldest first, without their endings. */
function segments(folder) {
  const names = readdirSync(join(WORK, folder), { recursive: true });
  return names
    .filter((name) => name.endsWith('.jsonl.gz'))
    .map((name) => join(WORK, folder, name.slice(0, -'.jsonl.gz'.length)))
    .toSorted();
}

function rewrite(path, change) {
  const bytes = readFileSync(path);
  rmSync(path);
  writeFileSync(path, change(bytes));
}

/** Edits the record lines of a segment and compresses them again, as an attacker with access to the storage would. */
const editLines = (folder, change) =>
  rewrite(`${segments(folder)[0]}.jsonl.gz`, (bytes) =>
    gzipSync(Buffer.from(`${change(gunzipSync(bytes).toString().trimEnd().split('\n')).join('\n')}\n`)),
  );

let attacks = 0;
let missed = 0;

/** Tampers with a copy and shows what the verifier says of it. */
async function attack(what, source, tamper, { args = [], signers = 'log/signers.json' } = {}) {
  const copy = join('tampered', `${String(++attacks).padStart(2, '0')}-${source === 'archive' ? 'archive' : 'log'}`);
  cpSync(join(WORK, source), join(WORK, copy), { recursive: true });
  await tamper(copy);
  const bin = join(ROOT, 'packages/verify-cli/bin/audit-verify.js');
  const { status, stdout } = spawnSync(process.execPath, [bin, copy, '-s', signers, ...args, '--json'], { cwd: WORK, encoding: 'utf8' });
  const found = JSON.parse(stdout).findings;
  // Several findings may follow from one change; the one about a record says most.
  const first = found.find(({ code }) => /^(RECORD|HEAD|TAIL)_/.test(code)) ?? found[0] ?? {};
  const where = first.seq === undefined ? '' : ` at record ${first.seq}`;
  const caught = status >= 10 && found.length > 0;
  if (!caught) missed++;
  say(
    `  ${caught ? green('caught') : red('MISSED')}  exit ${status}  ${what.padEnd(44)} ${bold(first.code ?? 'nothing')}${where}${found.length > 1 ? dim(`, ${found.length - 1} more`) : ''}`,
  );
}

async function main() {
  say(bold('Countersign demo: audit logs that anyone can check and nobody can quietly change'));
  say(dim('building…'));
  execFileSync('npm', ['run', 'build', '--silent'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(join(WORK, 'tampered'), { recursive: true });
  say();

  run('audit-chain', ['init', 'log/', '--chain', 'shop.example.com/audit']);
  run('audit-chain', ['append', 'log/', '--type', 'order.created', '--actor', 'user:7f3a', '--payload', '{"amount":1999}']);
  writeFileSync(join(WORK, 'monday.jsonl'), `${events(0, 400).join('\n')}\n`);
  writeFileSync(join(WORK, 'tuesday.jsonl'), `${events(400, 300).join('\n')}\n`);
  run('audit-chain', ['import', 'log/', 'monday.jsonl']);
  run('audit-chain', ['seal', 'log/', '--to', 'archive/']);
  run('audit-chain', ['import', 'log/', 'tuesday.jsonl']);
  run('audit-chain', ['seal', 'log/', '--to', 'archive/']);
  run('audit-verify', ['log/', '-s', 'log/signers.json']);
  run('audit-verify', ['archive/', '-s', 'log/signers.json']);
  run('audit-chain', ['receipt', 'log/', '--seq', '1', '--out', 'order.receipt']);
  run('audit-verify', ['receipt', 'order.receipt', '-s', 'log/signers.json']);
  writeFileSync(join(WORK, 'yesterday.json'), run('audit-verify', ['archive/', '-s', 'log/signers.json', '--json'], { show: false }));
  run('audit-chain', ['init', 'other/', '--chain', 'shop.example.com/audit'], { show: false });

  say(bold('Now somebody tampers with copies:'));
  await attack('an amount in the archive changed', 'archive', (copy) =>
    editLines(copy, (lines) => lines.with(57, lines[57].replace(/"amount":\d/, '"amount":9'))),
  );
  await attack('a record deleted', 'archive', (copy) => editLines(copy, (lines) => lines.toSpliced(100, 1)));
  await attack('a record inserted', 'archive', (copy) =>
    editLines(copy, (lines) => lines.toSpliced(100, 0, lines[99].replace('user:', 'user:9'))),
  );
  await attack('two records swapped', 'archive', (copy) => editLines(copy, (lines) => lines.with(20, lines[21]).with(21, lines[20])));
  await attack('a record repeated', 'archive', (copy) => editLines(copy, (lines) => lines.toSpliced(31, 0, lines[30])));
  await attack('the tail of a segment cut', 'archive', (copy) => editLines(copy, (lines) => lines.slice(0, -10)));
  await attack('one byte of a stored file flipped', 'archive', (copy) =>
    rewrite(`${segments(copy)[1]}.jsonl.gz`, (bytes) => ((bytes[2000] ^= 1), bytes)),
  );
  await attack('a manifest’s signature changed', 'archive', (copy) =>
    rewrite(`${segments(copy)[1]}.manifest.json`, (bytes) =>
      bytes.toString().replace(/"signature":"(.)/, (_, c) => `"signature":"${c === 'A' ? 'B' : 'A'}`),
    ),
  );
  await attack('the first segment removed', 'archive', (copy) => removeSegment(copy, 0));
  await attack('the newest segment removed since yesterday', 'archive', (copy) => removeSegment(copy, 1), {
    args: ['--previous', 'yesterday.json'],
  });
  await attack('everything removed', 'archive', (copy) => rmSync(join(WORK, copy, 'shop.example.com'), { recursive: true }));
  await attack('signed by somebody else', 'archive', () => {}, { signers: 'other/signers.json' });
  await attack('a row of the database changed', 'log', changeRow);
  say();
  if (missed > 0) throw new Error(`${missed} of ${attacks} were missed`);

  const here = relative(process.cwd(), WORK) || '.';
  say(green(`All ${attacks} were caught and named.`));
  say(`\nThe demo's files are in ${here}/. Try next:\n`);
  for (const line of [
    `cd ${here}`,
    'npx audit-verify tampered/04-archive -s log/signers.json',
    'npx audit-chain append log/ --type order.refunded --actor user:1 --private \'email="a@example.com"\'',
    'npx audit-chain status log/',
    'npx audit-verify archive/ -s log/signers.json --json',
  ]) {
    say(`  ${line}`);
  }
}

function removeSegment(folder, index) {
  const path = segments(folder)[index];
  for (const ending of ['.jsonl.gz', '.index.json', '.manifest.json']) rmSync(path + ending);
}

/** Opens the copied database as its owner could and edits one row. */
async function changeRow(copy) {
  const { openPglite } = await import('../packages/audit-chain/dist/node/pglite/open.js');
  const database = await openPglite(join(WORK, copy, 'db'));
  await database.execute('alter table countersign.record disable trigger all');
  await database.query(`update countersign.record set record = replace(record, '"amount":', '"amount":1') where seq = 77`);
  await database.close();
}

await main();

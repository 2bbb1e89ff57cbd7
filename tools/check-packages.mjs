// Looks at the packages as they would be published (publint, arethetypeswrong) and for files that nothing reaches (knip).
// The tools are not installed with the workspaces; this installs them on first use.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HEAVY = join(ROOT, 'tools/heavy');
let failed = 0;

function run(title, command, args, cwd = ROOT) {
  console.log(`\n> ${title}`);
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) failed += 1;
}

const tool = (name) => join(HEAVY, 'node_modules/.bin', name);
if (!existsSync(tool('publint'))) run('install tools/heavy', 'npm', ['ci'], HEAVY);
run('build', 'npm', ['run', 'build', '--silent']);

const folder = mkdtempSync(join(tmpdir(), 'countersign-packed-'));
try {
  for (const packed of await pack(folder)) {
    run(`publint ${packed}`, tool('publint'), ['run', '--strict', join(folder, packed)]);
    run(`attw ${packed}`, tool('attw'), ['--profile', 'esm-only', '--format', 'ascii', '--no-emoji', join(folder, packed)]);
  }
} finally {
  rmSync(folder, { recursive: true });
}
run('knip', tool('knip'), ['--config', 'tools/heavy/knip.json', '--no-config-hints', '--no-progress']);

console.log(failed === 0 ? '\npackages are clean' : `\n${failed} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;

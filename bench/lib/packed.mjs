// A folder in which our packages are installed as packed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from '../../tools/pack.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OURS = ['proof-core', 'signer-registry', 'audit-chain', 'verify-cli'];
const OTHERS = ['@aws-sdk/client-s3', '@electric-sql/pglite', '@noble/ed25519', '@noble/hashes', 'cli-progress', 'commander', 'jose', 'pg'];

/** Makes a project with our packages as packed; those of others are the workspace's. Whoever makes it removes it. */
export async function makePackedProject() {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-packed-'));
  const modules = join(folder, 'node_modules');
  await pack(folder, OURS);
  for (const name of OURS) {
    const tarball = readdirSync(folder).find((file) => file.startsWith(`countersign-${name}-`));
    const target = join(modules, '@countersign', name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['xzf', join(folder, tarball), '--strip-components', '1', '-C', target]);
  }
  for (const name of OTHERS) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  return folder;
}

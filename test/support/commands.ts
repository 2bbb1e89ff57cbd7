import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../packages/verify-cli/bin', import.meta.url));
const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/countersign/bin', import.meta.url));

/**
 * The value of PATH under which a shell finds the built commands.
 *
 * They run as they are installed, except that their embedded databases, which live for a second, are not optimised: that takes half of it.
 */
export function commandPath(): string {
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ['audit-chain', 'audit-signers', 'audit-verify']) {
    const path = join(FOLDER, name);
    writeFileSync(`${path}.${process.pid}`, `#!/bin/sh\nexec '${process.execPath}' --liftoff-only '${join(BIN, name)}.js' "$@"\n`, {
      mode: 0o755,
    });
    renameSync(`${path}.${process.pid}`, path);
  }
  return `${FOLDER}${delimiter}${process.env['PATH']}`;
}

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFlushed } from '@countersign/audit-chain/node/file/replace';
import type { Signer } from '@countersign/proof-core/ports';
import { generateKeyFile, loadLocalSigner } from '@countersign/signer-registry/node/local-signer';
import { createDevRegistry } from '@countersign/signer-registry/registry/dev';
import { CliError } from '../errors.ts';
import type { KeyFolder } from './signer-uri.ts';

/** A chain id for a log that was given none: unique, so that two logs are never mistaken for one. */
export function defaultChain(name: string): string {
  const plain =
    name
      .replaceAll(/[^A-Za-z0-9._~-]/g, '-')
      .replace(/^\.+/, '')
      .slice(0, 80) || 'log';
  return `localhost/${plain}-${randomBytes(4).toString('hex')}`;
}

/** One folder in one that exists: Node's recursive mkdir never returns where a file system refuses new folders, as /proc does. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliError('ERR_CLI_FILE', `${dirname(path)}: no folder can be made in it (${code})`, 'LOG', cause);
  }
}

/** Opens the key of a folder, or makes it. */
async function signerIn(path: string, role: string): Promise<Signer> {
  if (existsSync(path)) return await loadLocalSigner(path);
  return await generateKeyFile(path, `dev-${role}-${randomBytes(4).toString('hex')}`);
}

/** Makes what is missing of a key folder, and a registry that has its keys, in a new file. */
export async function writeDevelopmentRegistry(keys: KeyFolder, chain: string, path: string): Promise<void> {
  if (!existsSync(keys.path)) await makeFolder(keys.path, 0o700);
  const [logKey, rootKey] = [await signerIn(keys.logKey, 'log'), await signerIn(keys.rootKey, 'root')];
  await writeFlushed(path, await createDevRegistry({ chain, logKey, rootKey, now: Date.now() }), 0o644, 'wx');
}

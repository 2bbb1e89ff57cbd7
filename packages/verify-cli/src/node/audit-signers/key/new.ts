import { generateKeyPairSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Signer } from '@countersign/proof-core/ports';
import { writeKeyFile } from '@countersign/signer-registry/node/key-file';
import { localSigner } from '@countersign/signer-registry/node/local-signer';

/** A key that exists in memory until `keep` writes it. */
export interface NewKey {
  readonly signer: Signer;
  /** Writes the file, which must not exist. Gives what removes it again. */
  readonly keep: () => Promise<() => Promise<void>>;
}

/** Makes an Ed25519 key for a file; with AUDIT_KEY_PASSPHRASE the file is encrypted. */
export function newKey(kid: string, path: string): NewKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const passphrase = process.env['AUDIT_KEY_PASSPHRASE'];
  return {
    signer: localSigner(kid, privateKey),
    async keep() {
      await writeKeyFile(path, kid, privateKey, passphrase === undefined || passphrase === '' ? {} : { passphrase });
      return () => rm(path, { force: true });
    },
  };
}

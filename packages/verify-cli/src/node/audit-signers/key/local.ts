import type { Signer } from '@countersign/proof-core/ports';
import { RegistryError } from '@countersign/signer-registry/errors';
import { type KeyFile, readKeyFile } from '@countersign/signer-registry/node/key-file';
import { loadLocalSigner } from '@countersign/signer-registry/node/local-signer';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { askSecretly, isAttended } from '../../command/ask.ts';
import { unreadable } from '../../command/named-file.ts';
import { CliError } from '../../errors.ts';

interface Opened extends KeyFile {
  readonly passphrase: string | undefined;
}

/** Runs with the passphrase of the environment; where that is none and somebody is there, asks for one. */
async function readWithPassphrase(path: string): Promise<Opened> {
  const named = process.env['AUDIT_KEY_PASSPHRASE'];
  const given = named === undefined || named === '' ? undefined : named;
  try {
    return { ...(await readKeyFile(path, given === undefined ? {} : { passphrase: given })), passphrase: given };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const wanted = error instanceof RegistryError && error.code === 'ERR_KEY_FILE_PASSPHRASE';
    if (wanted && given === undefined && isAttended()) {
      const passphrase = await askSecretly(`Passphrase of ${path}: `);
      return { ...(await readKeyFile(path, { passphrase })), passphrase };
    }
    if (error instanceof RegistryError || code === undefined || code.startsWith('ERR_')) throw error;
    throw unreadable(path, '--key', error);
  }
}

/**
 * Opens a private key file of the machine at hand: of a root, an approver.
 *
 * @param registry tells the kid and, for RSA, the algorithm where the file does not
 * @param kid where neither does
 * @throws RegistryError ERR_KEY_FILE_…; CliError ERR_CLI_FILE, ERR_CLI_OPTION nobody says the kid
 */
export async function openKeyFile(path: string, registry: Registry | undefined, kid?: string): Promise<Signer> {
  const file = await readWithPassphrase(path);
  const known = registry?.signers.find(({ key }) => key.thumbprint === file.publicKey.thumbprint);
  const name = kid ?? file.kid ?? known?.kid;
  if (name === undefined) throw new CliError('ERR_CLI_OPTION', `--key: ${path}: nobody says whose it is: add --kid KID`, '--kid');
  return await loadLocalSigner(path, {
    kid: name,
    ...(file.passphrase === undefined ? {} : { passphrase: file.passphrase }),
    ...(known === undefined ? {} : { algorithm: known.algorithm }),
  });
}

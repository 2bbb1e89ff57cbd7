import { cosignatureKey, formatVkey } from '@countersign/proof-core/note/key';
import { isKeyName } from '@countersign/proof-core/note/text';
import { generateKeyFile } from '@countersign/signer-registry/node/local-signer';
import { unwritable } from '../../command/named-file.ts';
import { CliError } from '../../errors.ts';

/**
 * Runs `audit-verify witness key`: makes the key and prints the vkey that goes into policies.
 *
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE; RegistryError ERR_KEY_FILE_EXISTS, ERR_REGISTRY_KID
 */
export async function makeWitnessKey(file: string, name: string): Promise<void> {
  if (!isKeyName(name)) throw new CliError('ERR_CLI_OPTION', '--name: expected a name without spaces and plus signs', '--name');
  try {
    const { publicKey } = await generateKeyFile(file, name);
    process.stdout.write(`${formatVkey(cosignatureKey(name, publicKey))}\n`);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes(code)) throw cause;
    throw unwritable(file, 'FILE', cause);
  }
}

import { parseDocument } from '@countersign/proof-core/document/parse';
import { parseRegistryPayload } from '@countersign/signer-registry/registry/parse-payload';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { readNamed } from '../../command/named-file.ts';
import { CliError } from '../../errors.ts';

/**
 * Reads a file that an argument or option names.
 *
 * @returns undefined where there is no such file
 * @throws CliError ERR_CLI_FILE
 */
export async function readIfThere(path: string, option: string): Promise<Uint8Array | undefined> {
  try {
    return await readNamed(path, option);
  } catch (error) {
    if (error instanceof CliError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The bare payload of a version that nobody has signed begins with its first member, `expires`. */
export function isPayload(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b && bytes[1] === 0x22 && bytes[2] === 0x65;
}

/** A version on its way: its content, judged by its own rules, and who has signed it so far, which is not judged. */
export interface Draft {
  readonly bytes: Uint8Array;
  readonly registry: Registry;
  readonly signedBy: readonly string[];
}

/**
 * Reads a version that may not have all its signatures yet.
 *
 * @throws RegistryError, ProofError for what is in it
 */
export function readDraft(bytes: Uint8Array): Draft {
  if (isPayload(bytes)) return { bytes, registry: parseRegistryPayload(bytes), signedBy: [] };
  const { payload, signatures } = parseDocument(bytes);
  return { bytes, registry: parseRegistryPayload(payload), signedBy: signatures.map(({ header }) => header.kid) };
}

import { RegistryError } from '@countersign/signer-registry/errors';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { checkSuccessor } from '@countersign/signer-registry/registry/successor';

/**
 * Tells whether enough roots have signed a version; what else is wrong with it is thrown.
 *
 * @param before the version it is to follow; undefined for version 1
 */
export async function hasEnough(bytes: Uint8Array, before: Registry | undefined): Promise<boolean> {
  try {
    await (before === undefined ? parseRegistry(bytes) : checkSuccessor(before, bytes));
    return true;
  } catch (error) {
    if (error instanceof RegistryError && ['ERR_REGISTRY_UNSIGNED', 'ERR_REGISTRY_UNENDORSED'].includes(error.code)) return false;
    throw error;
  }
}

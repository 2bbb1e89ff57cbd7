import type { SignRequest } from '@countersign/proof-core/ports';
import { unexpected } from '../errors.ts';

/** What KMS signs in one call, and so what every signer signs (architecture: documents name long lists by digest). */
export const MAX_SIGN_BYTES = 4096;

/**
 * Refuses what no signer signs: nothing, or more than 4,096 bytes; registries are signed offline and may be longer. Also ends an attempt
 * whose signal has already fired.
 *
 * @throws RegistryError ERR_SIGNER_INPUT; the signal's own reason
 * @example checkSignRequest({ purpose: 'checkpoint', bytes })
 */
export function checkSignRequest(request: SignRequest): void {
  request.signal?.throwIfAborted();
  const { length } = request.bytes;
  if (length === 0 || (length > MAX_SIGN_BYTES && request.purpose !== 'registry-root')) {
    throw unexpected('ERR_SIGNER_INPUT', 'bytes', `1 to ${MAX_SIGN_BYTES} bytes`, `${length} bytes`);
  }
}

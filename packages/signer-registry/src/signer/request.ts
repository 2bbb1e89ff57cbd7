import { ProofError } from '@countersign/proof-core/errors';
import { MAX_SIGNED_BYTES, type SignRequest } from '@countersign/proof-core/ports';

/**
 * Refuses more than 4,096 bytes, whoever signs; registries, signed offline, may be longer. Also ends an attempt whose signal has already
 * fired.
 *
 * @throws ProofError ERR_SIGN_INPUT_SIZE; RangeError for no bytes at all; the signal's own reason
 * @example checkSignRequest({ purpose: 'checkpoint', bytes })
 */
export function checkSignRequest(request: SignRequest): void {
  request.signal?.throwIfAborted();
  const { length } = request.bytes;
  if (length === 0) throw new RangeError('bytes: expected something to sign');
  if (length <= MAX_SIGNED_BYTES || request.purpose === 'registry-root') return;
  const expected = `at most ${MAX_SIGNED_BYTES} bytes`;
  throw new ProofError('ERR_SIGN_INPUT_SIZE', `bytes: expected ${expected}, got ${length}`, { field: 'bytes', expected, actual: length });
}

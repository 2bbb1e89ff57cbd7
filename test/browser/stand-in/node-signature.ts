import { PROOF_ERRORS, ProofError, type ProofErrorCode } from '../../../packages/proof-core/src/errors.ts';
import type { PublicKey } from '../../../packages/proof-core/src/key/public-key.ts';
import { call } from './bridge.ts';

/** Node's own verdict, asked of Node: what the page's WebCrypto is compared with. */
export function verifySignature(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return call('verifySignature', 'verifySignature', [key, message, signature]) as boolean;
  } catch (error) {
    const { code, message: text } = error as { code?: string; message: string };
    if (code !== undefined && code in PROOF_ERRORS) throw new ProofError(code as ProofErrorCode, text);
    throw error;
  }
}

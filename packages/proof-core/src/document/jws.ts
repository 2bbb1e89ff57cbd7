import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { unsupported } from '../key/algorithms.ts';
import type { PublicKey } from '../key/public-key.ts';
import { isSignatureForm } from '../key/signature-form.ts';
import type { DocumentSignature } from './parse.ts';

/**
 * Verifies one signature of a document with jose (RFC 7515 §5.2), after the strict look at its encoding that all signatures get.
 *
 * ML-DSA-65 goes to the engine, because WebCrypto does not have it everywhere.
 *
 * @param key the registered key; its algorithm decides
 * @param part one signature with its protected header and signing input, as `parseDocument` gives it
 * @returns false for a bad signature, or one that names another algorithm
 * @throws ProofError ERR_ALGORITHM_UNSUPPORTED the platform cannot verify this algorithm
 * @example await verifyJws(key, parseDocument(bytes).signatures[0]!)
 */
export async function verifyJws(key: PublicKey, part: DocumentSignature, engine: Engine = defaultEngine): Promise<boolean> {
  if (part.header.alg !== key.algorithm || !isSignatureForm(key, part.signature)) return false;
  if (key.algorithm === 'ML-DSA-65') return engine.verify(key, part.signingInput, part.signature);
  // Loaded when the first document is verified: who checks receipts only never needs it.
  const { flattenedVerify } = await import('jose/jws/flattened/verify');
  try {
    // jose keeps the CryptoKey it makes of a JWK object for as long as that object lives, and ours lives as long as the key.
    await flattenedVerify(part.jws, key.jwk, { algorithms: [key.algorithm] });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') return false;
    throw unsupported(key.algorithm, error);
  }
}

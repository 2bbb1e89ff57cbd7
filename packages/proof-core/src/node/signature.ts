import { type KeyObject, constants, createPublicKey, verify } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { isPlatformKey, unsupported } from '../key/algorithms.ts';
import type { KeyAlgorithm, PublicKey } from '../key/public-key.ts';
import { isSignatureForm } from '../key/signature-form.ts';

// Making a KeyObject costs twice what verifying with it does.
const keys = new WeakMap<PublicKey, KeyObject>();

function keyObject(key: PublicKey): KeyObject {
  let object = keys.get(key);
  if (object === undefined) {
    try {
      object = createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' });
    } catch (error) {
      // The key itself has been checked; what is left is a platform without the algorithm.
      throw unsupported(key.algorithm, error);
    }
    keys.set(key, object);
  }
  return object;
}

/**
 * Verifies one signature with Node's own cryptography; accepts exactly what the portable engine accepts.
 *
 * @param key from `importPublicKey`
 * @param message the signed bytes, any length
 * @param signature as JOSE writes it: 64 bytes for Ed25519 and ES256, 96 for ES384, the modulus length for RSA
 * @returns false for a bad signature, whatever is bad about it
 * @throws ProofError ERR_ALGORITHM_UNSUPPORTED an algorithm that needs a module (`withMlDsa`) or that this platform lacks
 * @example verifySignature(key, message, signature)
 */
export function verifySignature(key: PublicKey<KeyAlgorithm>, message: Uint8Array, signature: Uint8Array): boolean {
  if (!isPlatformKey(key)) throw unsupported(key.algorithm);
  const { algorithm } = key;
  if (!isSignatureForm(key, signature)) return false;
  const object = keyObject(key);
  if (algorithm === 'Ed25519') return verify(null, message, object, signature);
  if (algorithm === 'ES256') return verify('sha256', message, { key: object, dsaEncoding: 'ieee-p1363' }, signature);
  if (algorithm === 'ES384') return verify('sha384', message, { key: object, dsaEncoding: 'ieee-p1363' }, signature);
  if (algorithm === 'RS256') return verify('sha256', message, { key: object, padding: constants.RSA_PKCS1_PADDING }, signature);
  // RFC 7518 §3.5: the salt is as long as the hash.
  return verify('sha256', message, { key: object, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
}

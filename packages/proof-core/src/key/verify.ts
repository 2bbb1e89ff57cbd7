import { Point, hashes, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { ALGORITHMS, isPlatformKey, unsupported } from './algorithms.ts';
import type { KeyAlgorithm, PublicKey } from './public-key.ts';
import { isSignatureForm } from './signature-form.ts';

/**
 * Verifies one signature with portable code: noble for Ed25519, WebCrypto for ECDSA and RSA.
 *
 * Accepts exactly what the Node engine accepts; see `isSignatureForm` for what is refused before any cryptography.
 *
 * @param key from `importPublicKey`
 * @param message the signed bytes, any length
 * @param signature as JOSE writes it: 64 bytes for Ed25519 and ES256, 96 for ES384, the modulus length for RSA
 * @returns false for a bad signature, whatever is bad about it; a promise for ECDSA and RSA
 * @throws ProofError ERR_ALGORITHM_UNSUPPORTED an algorithm that needs a module (`withMlDsa`) or that this platform lacks
 * @example await verifySignature(key, message, signature)
 */
export function verifySignature(key: PublicKey<KeyAlgorithm>, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean> {
  if (!isPlatformKey(key)) throw unsupported(key.algorithm);
  if (!isSignatureForm(key, signature)) return false;
  if (key.algorithm === 'Ed25519') return verifyEd25519(key.raw!, message, signature);
  return verifyWithWebCrypto(key, message, signature);
}

function verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  hashes.sha512 ??= sha512;
  try {
    // noble multiplies both sides by the cofactor, OpenSSL does not. They can only differ when R has a part of small order: imported
    // keys have none, so asking the same of R makes the two agree (RFC 8032 §5.1.7 allows either equation).
    return verify(signature, message, key, { zip215: false }) && Point.fromBytes(signature.subarray(0, 32)).isTorsionFree();
  } catch {
    return false;
  }
}

type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
const imported = /* @__PURE__ */ new WeakMap<PublicKey, Promise<WebKey>>();

function parameters(key: PublicKey): { name: string; hash: string; namedCurve?: string; saltLength?: number } {
  const { crv, hash } = ALGORITHMS[key.algorithm];
  if (crv !== undefined) return { name: 'ECDSA', hash: hash!, namedCurve: crv };
  // RFC 7518 §3.5: the salt is as long as the hash.
  return key.algorithm === 'PS256' ? { name: 'RSA-PSS', hash: hash!, saltLength: 32 } : { name: 'RSASSA-PKCS1-v1_5', hash: hash! };
}

async function verifyWithWebCrypto(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const algorithm = parameters(key);
  const messageCopy = message.slice();
  const signatureCopy = signature.slice();
  let ready = imported.get(key);
  if (ready === undefined) {
    ready = importWebKey(key, algorithm);
    imported.set(key, ready);
  }
  return crypto.subtle.verify(algorithm, await ready, signatureCopy, messageCopy);
}

async function importWebKey(key: PublicKey, algorithm: ReturnType<typeof parameters>): Promise<WebKey> {
  try {
    return await crypto.subtle.importKey('spki', key.spki, algorithm, false, ['verify']);
  } catch (error) {
    // The key itself has been checked; what is left is a platform without the algorithm, or a page without a secure context.
    throw unsupported(key.algorithm, error);
  }
}

import { hashes, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import type { PublicKey } from './public-key.ts';

export function verifySignature(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean> {
  hashes.sha512 ??= sha512;
  if (key.algorithm !== 'Ed25519' || key.raw === undefined || signature.length !== 64) return false;
  try {
    return verify(signature, message, key.raw, { zip215: false });
  } catch {
    return false;
  }
}

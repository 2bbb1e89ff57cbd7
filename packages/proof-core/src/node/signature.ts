import { type KeyObject, createPublicKey, verify } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { PublicKey } from '../key/public-key.ts';

const keys = new WeakMap<PublicKey, KeyObject>();

export function verifySignature(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.algorithm !== 'Ed25519' || signature.length !== 64) return false;
  let object = keys.get(key);
  if (object === undefined) {
    object = createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' });
    keys.set(key, object);
  }
  return verify(null, message, object, signature);
}

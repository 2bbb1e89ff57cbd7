import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { PublicKey } from '@countersign/proof-core/key/public-key';
import type { Signer } from '@countersign/proof-core/ports';
import { localSigner } from '../../src/node/local-signer.ts';

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 key that is the same in every run: its seed is the hash of its name. */
export function seededKey(name: string): KeyObject {
  const seed = createHash('sha256').update(`test key ${name}`).digest();
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
}

const signers = new Map<string, Signer>();

/** A signer whose kid is `name`, over the seeded key of that name; made once, because judging a key takes a millisecond. */
export function seededSigner(name: string, key: string = name): Signer {
  const id = `${name} ${key}`;
  const signer = signers.get(id) ?? localSigner(name, seededKey(key));
  signers.set(id, signer);
  return signer;
}

export function publicKeyOf(name: string): PublicKey {
  return seededSigner(name).publicKey;
}

const rsa = new Map<string, KeyObject>();

/** An RSA key, made once per size and exponent. */
export function rsaKey(modulusLength = 2048, publicExponent = 65537): KeyObject {
  const name = `${modulusLength}/${publicExponent}`;
  const key = rsa.get(name) ?? generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey;
  rsa.set(name, key);
  return key;
}

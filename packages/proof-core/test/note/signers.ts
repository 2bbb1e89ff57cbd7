import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { importPublicKey } from '../../src/key/import.ts';
import type { PublicKey, SignatureAlgorithm } from '../../src/key/public-key.ts';
import type { SignRequest, Signer } from '../../src/ports.ts';

// PKCS#8 around an Ed25519 seed (RFC 8410 §7).
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface TestSigner extends Signer {
  /** What it was asked to sign, in order. */
  readonly requests: SignRequest[];
}

function signer(kid: string, key: KeyObject, algorithm: SignatureAlgorithm, sign: (bytes: Uint8Array) => Uint8Array): TestSigner {
  const spki = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  const publicKey: PublicKey = importPublicKey(spki, { algorithm, format: 'spki' });
  const requests: SignRequest[] = [];
  return {
    kid,
    publicKey,
    requests,
    sign: async (request) => {
      requests.push(request);
      return sign(request.bytes);
    },
  };
}

/** An Ed25519 signer, the same for the same number. */
export function ed25519(seed: number | Uint8Array): TestSigner {
  const bytes = typeof seed === 'number' ? Buffer.alloc(32, seed) : Buffer.from(seed);
  const key = createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, bytes]), format: 'der', type: 'pkcs8' });
  return signer(`ed25519-${bytes[0]}`, key, 'Ed25519', (data) => new Uint8Array(sign(null, data, key)));
}

// RFC 5915 around a scalar on P-256; the same key in every run.
const scalar = createHash('sha256').update('countersign test key').digest();
const sec1 = Buffer.concat([Buffer.from('30310201010420', 'hex'), scalar, Buffer.from('a00a06082a8648ce3d030107', 'hex')]);
const p256Key = createPrivateKey({ key: sec1, format: 'der', type: 'sec1' });
let rsaKey: KeyObject | undefined;

/** A P-256 signer; signatures as JOSE writes them. */
export function p256(): TestSigner {
  return signer('p256', p256Key, 'ES256', (data) => new Uint8Array(sign('sha256', data, { key: p256Key, dsaEncoding: 'ieee-p1363' })));
}

/** An RSA PKCS #1 v1.5 signer. */
export function rsa(): TestSigner {
  const key = (rsaKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  return signer('rsa', key, 'RS256', (data) => new Uint8Array(sign('sha256', data, key)));
}

export const bytes = (text: string): Uint8Array => utf8Encode(text);
export const text = (note: Uint8Array): string => new TextDecoder().decode(note);

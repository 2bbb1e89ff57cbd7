import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { base64Encode } from '@countersign/proof-core/bytes/base64';
import type { JsonObject, JsonValue } from '@countersign/proof-core/json/value';
import type { SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import type { KeyEntry, Purpose } from '@countersign/proof-core/ports';

/** What a dialect says of an answer; texts as they came. */
export interface DialectAnswer {
  readonly signature: JsonValue | undefined;
  /** Absent where the dialect does not say. */
  readonly kid?: JsonValue | undefined;
  readonly algorithm?: JsonValue | undefined;
}

/** How one kind of signing proxy is asked (`docs/spec/signing-proxy.md` §8). */
export interface Dialect {
  readonly path: string;
  /** `digest`: it signs a digest made by the caller, so only algorithms that hash first can use it. */
  readonly takes: 'bytes' | 'digest';
  body(entry: KeyEntry, purpose: Purpose, input: Uint8Array): JsonObject;
  answer(value: JsonObject): DialectAnswer;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The names that proxies of the RSA age use. */
const OLD_NAMES: Readonly<Record<SignatureAlgorithm, string>> = {
  Ed25519: 'ed25519',
  ES256: 'ecdsa-sha256',
  ES384: 'ecdsa-sha384',
  RS256: 'rsa-sha256',
  PS256: 'rsa-pss-sha256',
  'ML-DSA-65': 'ml-dsa-65',
};

/** The name of a dialect. */
export type DialectName = 'countersign' | 'hash' | 'digest-hex' | 'data' | 'payload-b64' | 'sign-hash' | 'sign-data';

/** Our own, and those found in the field: every answer is verified here all the same. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  countersign: {
    path: '/v1/sign',
    takes: 'bytes',
    body: ({ kid }, purpose, bytes) => ({ bytes: base64Encode(bytes), kid, purpose }),
    answer: ({ signature, kid, algorithm }) => ({ signature, kid, algorithm }),
  },
  hash: {
    path: '/sign',
    takes: 'digest',
    body: (_, __, digest) => ({ hash: hex(digest) }),
    answer: ({ signature, signer_kid: kid }) => ({ signature, kid }),
  },
  'digest-hex': {
    path: '/sign',
    takes: 'digest',
    body: ({ algorithm }, _, digest) => ({ algorithm: OLD_NAMES[algorithm], digest_hex: hex(digest) }),
    answer: ({ signature, signer_kid: kid }) => ({ signature, kid }),
  },
  data: {
    path: '/sign',
    takes: 'bytes',
    body: ({ kid, algorithm }, _, bytes) => ({ algorithm: OLD_NAMES[algorithm], data: base64Encode(bytes), kid }),
    answer: ({ signature, kid }) => ({ signature, kid }),
  },
  'payload-b64': {
    path: '/sign',
    takes: 'bytes',
    body: (_, __, bytes) => ({ payload_b64: base64Encode(bytes) }),
    answer: ({ signature_b64: signature, signer_id: kid }) => ({ signature, kid }),
  },
  'sign-hash': {
    path: '/sign/hash',
    takes: 'digest',
    body: (_, __, digest) => ({ digest_hex: hex(digest) }),
    answer: ({ signature, kid, alg: algorithm }) => ({ signature, kid, algorithm }),
  },
  'sign-data': {
    path: '/signData',
    takes: 'bytes',
    body: ({ kid }, _, bytes) => ({ data: base64Encode(bytes), signerId: kid }),
    answer: ({ signature, signerId: kid }) => ({ signature, kid }),
  },
};

/**
 * Makes what a dialect sends: the bytes, or the digest that the key's algorithm would make of them.
 *
 * @throws TypeError a digest for an algorithm that signs bytes: what came back would be a signature of another scheme
 */
export function dialectInput(dialect: Dialect, algorithm: SignatureAlgorithm, bytes: Uint8Array): Uint8Array {
  if (dialect.takes === 'bytes') return bytes;
  if (algorithm === 'Ed25519' || algorithm === 'ML-DSA-65') throw new TypeError(`this dialect signs digests; ${algorithm} signs bytes`);
  return createHash(algorithm === 'ES384' ? 'sha384' : 'sha256')
    .update(bytes)
    .digest();
}

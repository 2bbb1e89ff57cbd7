import { concatBytes } from '../bytes/compare.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { Engine } from '../engine/engine.ts';
import type { KeyAlgorithm, PublicKey } from '../key/public-key.ts';
import { refuse } from '../errors.ts';

/** The signature types (C2SP signed-note) that this library verifies. */
export const NOTE_TYPE = {
  /** Ed25519 over the text. */
  ed25519: 0x01,
  /** ECDSA P-256 over SHA-256 of the text, in DER. */
  ecdsa: 0x02,
  /** Ed25519 cosignature with a time (C2SP tlog-cosignature): a witness's key, never a log's. */
  cosignature: 0x04,
  /** ML-DSA-44 cosignature with a time (C2SP tlog-cosignature), verified with a module (`withMlDsa`): a witness's key or a log's. */
  subtree: 0x06,
  /** A private type, named by a longer identifier: RSA PKCS #1 v1.5 over SHA-256 of the text, as Sigstore logs use it. */
  rsa: 0xff,
} as const;

/** A signature type that this library verifies. */
export type NoteType = (typeof NOTE_TYPE)[keyof typeof NOTE_TYPE];

/** The identifier of the RSA type after its 0xff byte. */
const RSA_IDENTIFIER = 'PKIX-RSA-PKCS#1v1.5';

/** What ML-DSA-44 cosignatures sign has the length of a name in one byte. */
const MAX_SIGNED_NAME = 255;

/** A public key under the name that signature lines give it. */
export interface NoteKey {
  readonly name: string;
  /** The first 4 bytes of the key's hash, as an unsigned 32-bit number; not a secure name for the key. */
  readonly keyId: number;
  readonly type: NoteType;
  /** ML-DSA-44 for type 0x06 and no other. */
  readonly publicKey: PublicKey<KeyAlgorithm>;
}

/**
 * Tells whether a key of this type makes cosignatures.
 *
 * @internal
 */
export function isCosignatureType(type: number): boolean {
  return type === NOTE_TYPE.cosignature || type === NOTE_TYPE.subtree;
}

/**
 * The type of cosignatures by this key.
 *
 * @throws ProofError ERR_NOTE_KEY_TYPE
 * @internal
 */
export function cosignatureTypeOf(publicKey: PublicKey<KeyAlgorithm>): NoteType {
  if (publicKey.algorithm === 'Ed25519') return NOTE_TYPE.cosignature;
  if (publicKey.algorithm === 'ML-DSA-44') return NOTE_TYPE.subtree;
  return refuse('ERR_NOTE_KEY_TYPE', 'publicKey', 'Ed25519 or ML-DSA-44', publicKey.algorithm);
}

/**
 * The type of a log's signatures by this key.
 *
 * @throws ProofError ERR_NOTE_KEY_TYPE
 * @internal
 */
export function typeOf(publicKey: PublicKey<KeyAlgorithm>): NoteType {
  if (publicKey.algorithm === 'Ed25519') return NOTE_TYPE.ed25519;
  if (publicKey.algorithm === 'ES256') return NOTE_TYPE.ecdsa;
  if (publicKey.algorithm === 'RS256') return NOTE_TYPE.rsa;
  return refuse('ERR_NOTE_KEY_TYPE', 'publicKey', 'Ed25519, ES256 or RS256', publicKey.algorithm);
}

/**
 * The key as a vkey carries it: the type, then the bytes of the key.
 *
 * @throws ProofError ERR_NOTE_KEY_TYPE when key and type do not fit
 * @internal
 */
export function keyBytes(type: NoteType, publicKey: PublicKey<KeyAlgorithm>): Uint8Array {
  if ((isCosignatureType(type) ? cosignatureTypeOf : typeOf)(publicKey) !== type) {
    refuse('ERR_NOTE_KEY_TYPE', 'publicKey', `a key for signature type ${type}`, publicKey.algorithm);
  }
  if (type === NOTE_TYPE.ecdsa) return concatBytes(Uint8Array.of(type), publicKey.spki);
  if (type === NOTE_TYPE.rsa) return concatBytes(Uint8Array.of(type), utf8Encode(RSA_IDENTIFIER), publicKey.spki);
  return concatBytes(Uint8Array.of(type), publicKey.raw!);
}

/**
 * The key id of a key as `keyBytes` writes it: SHA-256(name ‖ LF ‖ type ‖ key)[:4]; of an ECDSA key SHA-256(key)[:4].
 *
 * @throws ProofError ERR_NOTE_NAME a name that an ML-DSA-44 cosignature has no room for
 * @internal
 */
export function keyIdOf(name: string, encoded: Uint8Array, engine: Engine): number {
  if (encoded[0] === NOTE_TYPE.subtree && utf8Encode(name).length > MAX_SIGNED_NAME) {
    refuse('ERR_NOTE_NAME', 'name', `at most ${MAX_SIGNED_NAME} bytes beside an ML-DSA-44 key`, `${name.length} characters`);
  }
  const hashed = encoded[0] === NOTE_TYPE.ecdsa ? encoded.subarray(1) : concatBytes(utf8Encode(`${name}\n`), encoded);
  const hash = engine.sha256(hashed);
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
}

/**
 * The SubjectPublicKeyInfo or bare key inside `keyBytes`, without type and identifier.
 *
 * @throws ProofError ERR_NOTE_KEY_TYPE
 * @internal
 */
export function splitKeyBytes(encoded: Uint8Array): { type: NoteType; key: Uint8Array } {
  const type = encoded[0];
  if (type === NOTE_TYPE.rsa) {
    const identifier = utf8Encode(RSA_IDENTIFIER);
    if (identifier.every((byte, i) => encoded[1 + i] === byte)) return { type, key: encoded.subarray(1 + identifier.length) };
  } else if (type === NOTE_TYPE.ed25519 || type === NOTE_TYPE.ecdsa || type === NOTE_TYPE.cosignature || type === NOTE_TYPE.subtree) {
    return { type, key: encoded.subarray(1) };
  }
  return refuse('ERR_NOTE_KEY_TYPE', 'vkey', 'signature type 1, 2, 4, 6 or 255 with the RSA identifier', type ?? 'none');
}

/**
 * A key id as 8 lower-case hex digits.
 *
 * @param keyId from 0 to 2^32 − 1
 * @example hexId(0x530d903a) // '530d903a'
 */
export function hexId(keyId: number): string {
  return keyId.toString(16).padStart(8, '0');
}

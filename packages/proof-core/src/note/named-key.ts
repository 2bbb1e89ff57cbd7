import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import type { KeyAlgorithm, PublicKey } from '../key/public-key.ts';
import { refuse } from '../errors.ts';
import { type NoteKey, type NoteType, cosignatureTypeOf, keyBytes, keyIdOf, typeOf } from './key-form.ts';
import { isKeyName } from './text.ts';

/**
 * Gives a log's public key the name and key id that its signature lines carry (C2SP signed-note).
 *
 * @param name the log's origin: not empty, at most 255 UTF-16 units, no Unicode space, no plus sign
 * @param publicKey Ed25519 (type 0x01), P-256 (type 0x02) or RSA PKCS #1 v1.5 (private type 0xff)
 * @throws ProofError ERR_NOTE_NAME, ERR_NOTE_KEY_TYPE
 * @example noteKey('marketplace.example.com/audit', importPublicKey(pem))
 */
export function noteKey(name: string, publicKey: PublicKey, engine: Engine = defaultEngine): NoteKey {
  return keyOfType(name, typeOf(publicKey), publicKey, engine);
}

/**
 * Gives a witness's public key the name and key id that its cosignature lines carry (C2SP tlog-cosignature).
 *
 * @param name the witness's name, as for `noteKey`; beside an ML-DSA-44 key at most 255 bytes, all that its signed message has room for
 * @param publicKey Ed25519 (type 0x04) or, from `mlDsa44Key`, ML-DSA-44 (type 0x06)
 * @throws ProofError ERR_NOTE_NAME, ERR_NOTE_KEY_TYPE
 * @example cosignatureKey('witness.example.com', importPublicKey(pem))
 */
export function cosignatureKey(name: string, publicKey: PublicKey<KeyAlgorithm>, engine: Engine = defaultEngine): NoteKey {
  return keyOfType(name, cosignatureTypeOf(publicKey), publicKey, engine);
}

function keyOfType(name: string, type: NoteType, publicKey: PublicKey<KeyAlgorithm>, engine: Engine): NoteKey {
  if (!isKeyName(name)) refuse('ERR_NOTE_NAME', 'name', 'a key name without spaces and plus signs', `${name.length} other characters`);
  const encoded = keyBytes(type, publicKey);
  return { name, keyId: keyIdOf(name, encoded, engine), type, publicKey };
}

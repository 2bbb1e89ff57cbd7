import { base64Decode, base64Encode } from '../bytes/base64.ts';
import { hexDecode } from '../bytes/hex.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { importPublicKey } from '../key/import.ts';
import { mlDsa44Key } from '../key/ml-dsa.ts';
import type { KeyAlgorithm, PublicKey } from '../key/public-key.ts';
import { refuse } from '../errors.ts';
import { NOTE_TYPE, type NoteKey, type NoteType, hexId, keyBytes, keyIdOf, splitKeyBytes } from './key-form.ts';
import { isKeyName } from './text.ts';

/** The longest vkey that is read, in characters: a name of 255 and an RSA key of 16,384 bits fit. */
const MAX_VKEY_LENGTH = 4096;

/** The parts of a vkey of any signature type; nothing about the key is checked. */
export interface Vkey {
  readonly name: string;
  /** An unsigned 32-bit number. */
  readonly keyId: number;
  /** The type byte and the key. */
  readonly encoded: Uint8Array;
}

/**
 * Splits a verifier key of any signature type, also of one that this library does not verify (C2SP signed-note).
 *
 * @param text `name+hex8+base64`, at most 4,096 characters
 * @throws ProofError ERR_VKEY, ERR_HEX, ERR_BASE64
 * @example splitVkey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k').name // 'example.com/foo'
 */
export function splitVkey(text: string): Vkey {
  if (text.length > MAX_VKEY_LENGTH) refuse('ERR_VKEY', 'vkey', `at most ${MAX_VKEY_LENGTH} characters`, text.length);
  // The base64 may hold plus signs, the name and the id may not: only the first two count.
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  const name = text.slice(0, Math.max(first, 0));
  if (first < 0 || second < 0 || !isKeyName(name)) refuse('ERR_VKEY', 'vkey', 'name+hex8+base64', `${text.length} other characters`);
  const id = hexDecode(text.slice(first + 1, second), 4, 'vkey key id');
  const encoded = base64Decode(text.slice(second + 1), 'vkey key');
  if (encoded.length < 2) refuse('ERR_VKEY', 'vkey', 'a type byte and a key', `${encoded.length} bytes`);
  return { name, keyId: new DataView(id.buffer).getUint32(0), encoded };
}

/**
 * Reads a verifier key (C2SP signed-note) of a signature type that this library verifies; the key id must be the key's.
 *
 * @param text `name+hex8+base64`, at most 4,096 characters
 * @throws ProofError ERR_VKEY, ERR_HEX, ERR_BASE64, ERR_NOTE_KEY_TYPE, ERR_NOTE_NAME, and what `importPublicKey` throws for a weak or malformed key
 * @example parseVkey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k').type // 1
 */
export function parseVkey(text: string, engine: Engine = defaultEngine): NoteKey {
  const { name, keyId, encoded } = splitVkey(text);
  const { type, key } = splitKeyBytes(encoded);
  const actual = keyIdOf(name, encoded, engine);
  if (actual !== keyId) refuse('ERR_VKEY', 'vkey key id', hexId(actual), hexId(keyId));
  return { name, keyId, type, publicKey: importKey(type, key, engine) };
}

function importKey(type: NoteType, key: Uint8Array, engine: Engine): PublicKey<KeyAlgorithm> {
  if (type === NOTE_TYPE.subtree) return mlDsa44Key(key, engine);
  if (type === NOTE_TYPE.ecdsa) return importPublicKey(key, { algorithm: 'ES256', format: 'spki' }, engine);
  if (type === NOTE_TYPE.rsa) return importPublicKey(key, { algorithm: 'RS256', format: 'spki' }, engine);
  return importPublicKey(key, { algorithm: 'Ed25519', format: 'raw' }, engine);
}

/**
 * Writes a verifier key (C2SP signed-note).
 *
 * @param key name, id, type and public key
 * @throws ProofError ERR_NOTE_KEY_TYPE when the members do not fit each other
 * @example formatVkey(noteKey('example.com/foo', publicKey)) // 'example.com/foo+530d903a+AekyeRrm…'
 */
export function formatVkey(key: NoteKey): string {
  return `${key.name}+${hexId(key.keyId)}+${base64Encode(keyBytes(key.type, key.publicKey))}`;
}

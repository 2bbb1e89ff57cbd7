import { getPublicKey, hashes } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { base64Decode, base64Encode } from '../bytes/base64.ts';
import { concatBytes } from '../bytes/compare.ts';
import { hexDecode } from '../bytes/hex.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { importPublicKey } from '../key/import.ts';
import type { PublicKey } from '../key/public-key.ts';
import { refuse } from '../errors.ts';
import { NOTE_TYPE, type NoteKey, hexId, keyIdOf } from './key-form.ts';
import { noteKey } from './named-key.ts';
import { isKeyName } from './text.ts';

const PREFIX = 'PRIVATE+KEY+';
const SEED_LENGTH = 32;

/** A log's Ed25519 private key with the name its signatures carry. Secret: neither logged nor shown. */
export interface NotePrivateKey {
  readonly key: NoteKey;
  /** The 32 bytes that RFC 8032 §5.1.5 calls the private key. */
  readonly seed: Uint8Array;
}

/**
 * Reads the private key text of Go's `sumdb/note`: `PRIVATE+KEY+name+hex8+base64(0x01 ‖ seed)`. The key id must be the key's.
 *
 * @param text one line without its line feed
 * @throws ProofError ERR_VKEY, ERR_HEX, ERR_BASE64, ERR_NOTE_KEY_TYPE; none shows any part of the text
 * @example parsePrivateKey(text).key.name // 'PeterNeumann'
 */
export function parsePrivateKey(text: string, engine: Engine = defaultEngine): NotePrivateKey {
  const parts = text.length > 1024 || !text.startsWith(PREFIX) ? [] : text.slice(PREFIX.length).split('+');
  const [name = '', id = '', ...rest] = parts;
  // The base64 may hold plus signs of its own.
  const base64 = rest.join('+');
  if (rest.length === 0 || !isKeyName(name)) refuse('ERR_VKEY', 'private key', 'PRIVATE+KEY+name+hex8+base64', 'another form');
  const encoded = base64Decode(base64, 'private key');
  if (encoded[0] !== NOTE_TYPE.ed25519) refuse('ERR_NOTE_KEY_TYPE', 'private key', 'signature type 1', 'another');
  if (encoded.length !== 1 + SEED_LENGTH) refuse('ERR_VKEY', 'private key', 'a seed of 32 bytes', 'another length');
  const given = new DataView(hexDecode(id, 4, 'private key id').buffer).getUint32(0);
  const seed = encoded.slice(1);
  const raw = derive(seed);
  // Before the key is judged, which costs more than all the rest.
  const keyId = keyIdOf(name, concatBytes(Uint8Array.of(NOTE_TYPE.ed25519), raw), engine);
  if (given !== keyId) refuse('ERR_VKEY', 'private key id', hexId(keyId), hexId(given));
  return { key: noteKey(name, importRaw(raw, engine), engine), seed };
}

/**
 * Writes a private key as Go's `sumdb/note` reads it. The text is the secret.
 *
 * @param name the log's origin
 * @param seed 32 bytes
 * @throws ProofError ERR_NOTE_NAME; RangeError for another length
 * @example formatPrivateKey('example.com/log', crypto.getRandomValues(new Uint8Array(32)))
 */
export function formatPrivateKey(name: string, seed: Uint8Array, engine: Engine = defaultEngine): string {
  if (seed.length !== SEED_LENGTH) throw new RangeError(`seed: expected ${SEED_LENGTH} bytes, got ${seed.length}`);
  const { keyId } = noteKey(name, importRaw(derive(seed), engine), engine);
  return `${PREFIX}${name}+${hexId(keyId)}+${base64Encode(concatBytes(Uint8Array.of(NOTE_TYPE.ed25519), seed))}`;
}

function derive(seed: Uint8Array): Uint8Array {
  hashes.sha512 ??= sha512;
  return getPublicKey(seed);
}

function importRaw(raw: Uint8Array, engine: Engine): PublicKey {
  return importPublicKey(raw, { algorithm: 'Ed25519', format: 'raw' }, engine);
}

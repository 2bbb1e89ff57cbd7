import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError, refuse } from '../errors.ts';
import { NOTE_TYPE, type NoteKey, hexId } from './key-form.ts';
import { type Note, type NoteSignature, parseNote } from './note.ts';
import { verifyTextSignature } from './signature.ts';

/** A note of which at least one signature has been verified. */
export interface VerifiedNote extends Note {
  /** The keys whose signatures hold, each once, in the order of their lines; 1 or more. */
  readonly signers: readonly NoteKey[];
}

/**
 * What became of one signature line: it holds; no given key has its name and id; it does not hold; an earlier line has the same name
 * and id, so that this one was not looked at.
 */
export type SignatureStatus = 'verified' | 'unknown' | 'invalid' | 'duplicate';

/** One signature line and what became of it. */
export interface InspectedSignature {
  readonly signature: NoteSignature;
  readonly status: SignatureStatus;
  /** The key with the line's name and id. */
  readonly key?: NoteKey;
}

/** Everything `verifyNote` would find, without the throw. */
export interface NoteInspection {
  /** True exactly when `verifyNote` would return. */
  readonly verified: boolean;
  /** Why not. */
  readonly error?: ProofError;
  /** Absent when the bytes are no note. */
  readonly note?: Note;
  readonly signatures: readonly InspectedSignature[];
}

/**
 * Verifies a signed note against the log keys that the caller trusts (C2SP signed-note; the decisions of Go's `note.Open`).
 *
 * A line whose name and id are a given key's must hold, or the whole note is refused; other lines are ignored; a second line by the
 * same name and id is ignored. One line must hold.
 *
 * @param bytes at most 131,072; copied before the first wait
 * @param keys log keys, of type 0x01, 0x02, 0x06 (needs an engine made by `withMlDsa`) or RSA; a 0x04 key is no log key
 * @returns the text, all signature lines, and the keys whose signatures hold
 * @throws ProofError ERR_NOTE_SIGNATURE when a given key's signature does not hold, ERR_NOTE_UNVERIFIED when no line is by a given
 *   key, ERR_NOTE_KEY_AMBIGUOUS when two given keys have the line's name and id,
 *   ERR_ALGORITHM_UNSUPPORTED for a line by a 0x06 key without a module, and as `parseNote`; TypeError for a 0x04 key
 * @example const { text } = await verifyNote(bytes, [parseVkey(vkey)]);
 */
export async function verifyNote(bytes: Uint8Array, keys: readonly NoteKey[], engine: Engine = defaultEngine): Promise<VerifiedNote> {
  const { note, signatures, error } = await inspectNote(bytes, keys, engine);
  if (error !== undefined) throw error;
  return { ...note!, signers: signatures.filter(({ status }) => status === 'verified').map(({ key }) => key!) };
}

/**
 * Reports on every signature line of a note; never throws for what the bytes are.
 *
 * @param bytes copied before the first wait
 * @param keys as for `verifyNote`
 * @throws TypeError for a 0x04 key
 * @example (await inspectNote(bytes, keys)).signatures.map(({ status }) => status) // ['verified', 'unknown']
 */
export async function inspectNote(bytes: Uint8Array, keys: readonly NoteKey[], engine: Engine = defaultEngine): Promise<NoteInspection> {
  const logKeys = keys.map(logKey);
  let note: Note | undefined;
  const signatures: InspectedSignature[] = [];
  try {
    note = parseNote(bytes);
    const seen = new Set<string>();
    for (const signature of note.signatures) signatures.push(await inspectSignature(note, signature, logKeys, seen, engine));
    checkVerdict(signatures);
    return { verified: true, note, signatures };
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return { verified: false, error, ...(note === undefined ? {} : { note }), signatures };
  }
}

function logKey(key: NoteKey): NoteKey {
  if (key.type === NOTE_TYPE.cosignature) throw new TypeError(`keys: expected log keys, got the cosignature key ${key.name}`);
  return key;
}

async function inspectSignature(
  note: Note,
  signature: NoteSignature,
  keys: readonly NoteKey[],
  seen: Set<string>,
  engine: Engine,
): Promise<InspectedSignature> {
  const key = findKey(keys, signature);
  if (key === undefined) return { signature, status: 'unknown' };
  const label = `${signature.name}+${hexId(signature.keyId)}`;
  if (seen.has(label)) return { signature, key, status: 'duplicate' };
  seen.add(label);
  const holds = await verifyTextSignature(key, note.textBytes, signature.signature, engine);
  return { signature, key, status: holds ? 'verified' : 'invalid' };
}

/**
 * Finds the key that a signature line names.
 *
 * @throws ProofError ERR_NOTE_KEY_AMBIGUOUS
 * @internal
 */
export function findKey(keys: readonly NoteKey[], signature: NoteSignature): NoteKey | undefined {
  let found: NoteKey | undefined;
  for (const key of keys) {
    if (key.keyId !== signature.keyId || key.name !== signature.name) continue;
    if (found !== undefined && (found.type !== key.type || found.publicKey.thumbprint !== key.publicKey.thumbprint)) {
      // 32 bits collide easily: which key is meant cannot be told, and trying both would let either sign for the other.
      refuse('ERR_NOTE_KEY_AMBIGUOUS', 'keys', `one key ${key.name}+${hexId(key.keyId)}`, 'two');
    }
    found = key;
  }
  return found;
}

function checkVerdict(signatures: readonly InspectedSignature[]): void {
  const invalid = signatures.findIndex(({ status }) => status === 'invalid');
  if (invalid >= 0) {
    const { name, keyId } = signatures[invalid]!.signature;
    refuse('ERR_NOTE_SIGNATURE', `signatures[${invalid}]`, `a signature by ${name}+${hexId(keyId)} that holds`, 'one that does not');
  }
  if (!signatures.some(({ status }) => status === 'verified')) {
    refuse('ERR_NOTE_UNVERIFIED', 'signatures', 'a signature by a given key', `${signatures.length} by others`);
  }
}

import { concatBytes } from '../bytes/compare.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { refuse } from '../errors.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { cosignedMessage, readStamped, subtreeMessage, u64 } from './cosigned-message.ts';
import { NOTE_TYPE, type NoteKey, hexId, isCosignatureType } from './key-form.ts';
import { cosignatureKey } from './named-key.ts';
import { type Note, type NoteSignature, formatNote, parseNote, parseSignatures } from './note.ts';
import type { NoteSigner } from './sign.ts';
import { findKey } from './verify.ts';

/** A witness's statement: at this time, the checkpoint was of the largest tree of that log it had seen, consistent with all before. */
export interface Cosignature {
  readonly key: NoteKey;
  /** POSIX time in whole seconds; 0 when an ML-DSA-44 cosigner says only that the tree is consistent with all it has seen. */
  readonly time: number;
}

/**
 * Cosigns a checkpoint as a witness does (C2SP tlog-cosignature, `cosignature/v1`). Whether the checkpoint is consistent with the ones
 * cosigned before is for the caller to have checked, and recorded, beforehand.
 *
 * @param textBytes the text of a checkpoint; copied before the first wait
 * @param witness an Ed25519 signer and the witness's name; asked with purpose `checkpoint`
 * @param time POSIX time in whole seconds, 1 to 2^53 − 1
 * @param options a `signal` ends the wait for the signer
 * @returns the signature line to add to the note
 * @throws ProofError ERR_CHECKPOINT and as `parseCheckpoint`; ERR_NOTE_KEY_TYPE when the signer is not Ed25519, ERR_NOTE_NAME,
 *   ERR_SIGNER_OUTPUT; RangeError for another time; and whatever the signer rejects with
 * @example formatNote(note.textBytes, [...note.signatures, await cosignNote(note.textBytes, witness, 1679315147)])
 */
export async function cosignNote(
  textBytes: Uint8Array,
  witness: NoteSigner,
  time: number,
  options: { readonly signal?: AbortSignal } = {},
  engine: Engine = defaultEngine,
): Promise<NoteSignature> {
  if (!Number.isSafeInteger(time) || time < 1) throw new RangeError(`time: expected whole seconds from 1 on, got ${time}`);
  parseCheckpoint(textBytes, { extensions: true });
  const message = cosignedMessage(textBytes, time);
  const key = cosignatureKey(witness.name, witness.signer.publicKey, engine);
  const { signal } = options;
  const raw = await witness.signer.sign({ purpose: 'checkpoint', bytes: message.slice(), ...(signal === undefined ? {} : { signal }) });
  if (!(await engine.verify(key.publicKey, message, raw))) {
    refuse('ERR_SIGNER_OUTPUT', 'signature', `a signature by ${witness.signer.kid} over the cosigned message`, 'another');
  }
  return { name: key.name, keyId: key.keyId, signature: concatBytes(u64(time), raw) };
}

/**
 * Verifies the cosignatures of known witnesses on a note (C2SP tlog-cosignature); lines of others are ignored.
 *
 * ML-DSA-44 keys (0x06) need an engine made by `withMlDsa`; their cosignatures do not cover extension lines.
 *
 * It neither verifies the log's own signature nor decides how many cosignatures are enough: `verifyPolicy` does both.
 *
 * @param note as `parseNote` or `verifyNote` gave it
 * @param keys cosignature keys (0x04, 0x06)
 * @returns one entry per witness that cosigned, in the order of the lines; none when no line is by a given key
 * @throws ProofError ERR_NOTE_SIGNATURE when a given key's cosignature does not hold, ERR_COSIGNATURE when it is not 8 + 64 bytes (0x06:
 *   8 + 2,420) or its time is 2^53 s or more, ERR_ALGORITHM_UNSUPPORTED for a line by a 0x06 key without a module, ERR_CHECKPOINT and as
 *   `parseCheckpoint` for a 0x06 line on another text, ERR_NOTE_KEY_AMBIGUOUS; TypeError for a key of another type
 * @example (await verifyCosignatures(note, [parseVkey(vkey)])).map(({ key, time }) => [key.name, time])
 */
export async function verifyCosignatures(note: Note, keys: readonly NoteKey[], engine: Engine = defaultEngine): Promise<Cosignature[]> {
  const witnesses = keys.map(witnessKey);
  const textBytes = note.textBytes.slice();
  const signatures = [...note.signatures];
  const found: Cosignature[] = [];
  for (const [i, signature] of signatures.entries()) {
    const key = findKey(witnesses, signature);
    // A second line by the same witness is ignored, as `verifyNote` ignores a log's.
    if (key === undefined || found.some((earlier) => earlier.key === key)) continue;
    found.push({ key, time: await verifyLine(textBytes, signature, key, `signatures[${i}]`, engine) });
  }
  return found;
}

/**
 * Adds to a note the cosignatures that a witness returned (C2SP tlog-witness): those by the given keys, which must hold; others are
 * dropped.
 *
 * @param bytes the signed checkpoint that was sent
 * @param response the body of the witness's answer: signature lines
 * @param keys the witness's cosignature keys (0x04, 0x06)
 * @returns the note with the new lines at its end
 * @throws ProofError ERR_NOTE_UNVERIFIED when no line of the answer is by a given key, and as `parseNote` and `verifyCosignatures`
 * @example const cosigned = await addCosignatures(note, new Uint8Array(await answer.arrayBuffer()), [witnessKey]);
 */
export async function addCosignatures(
  bytes: Uint8Array,
  response: Uint8Array,
  keys: readonly NoteKey[],
  engine: Engine = defaultEngine,
): Promise<Uint8Array> {
  const note = parseNote(bytes);
  const added = parseSignatures(response).filter((signature) => findKey(keys, signature) !== undefined);
  if (added.length === 0) refuse('ERR_NOTE_UNVERIFIED', 'response', 'a cosignature by a given key', 'others');
  await verifyCosignatures({ ...note, signatures: added }, keys, engine);
  return formatNote(note.textBytes, [...note.signatures, ...added]);
}

async function verifyLine(textBytes: Uint8Array, line: NoteSignature, key: NoteKey, field: string, engine: Engine): Promise<number> {
  const { time, signature } = readStamped(line.signature, key.type, field);
  const message = key.type === NOTE_TYPE.subtree ? subtreeMessage(textBytes, key.name, time) : cosignedMessage(textBytes, time);
  if (await engine.verify(key.publicKey, message, signature)) return time;
  return refuse('ERR_NOTE_SIGNATURE', field, `a cosignature by ${key.name}+${hexId(key.keyId)} that holds`, 'one that does not');
}

function witnessKey(key: NoteKey): NoteKey {
  if (!isCosignatureType(key.type)) throw new TypeError(`keys: expected cosignature keys, got the log key ${key.name}`);
  return key;
}

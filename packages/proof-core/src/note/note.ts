import { base64Decode, base64Encode } from '../bytes/base64.ts';
import { concatBytes } from '../bytes/compare.ts';
import { isWellFormed, utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { refuse } from '../errors.ts';
import { isKeyName } from './text.ts';

/** The longest note that is read, in bytes: sixteen signatures of 5,000 bytes, the largest the specification foresees, fit. */
export const MAX_NOTE_BYTES = 131_072;

/** The most signatures that are read, as in Go's `note.Open`. */
export const MAX_NOTE_SIGNATURES = 100;

const LF = 0x0a;
const PREFIX = '\u2014 ';

/** One signature line, not verified. */
export interface NoteSignature {
  /** The key's name. */
  readonly name: string;
  /** The first 4 bytes of the key's hash, as an unsigned 32-bit number. */
  readonly keyId: number;
  /** What follows the key id, 1 byte or more. */
  readonly signature: Uint8Array;
}

/** A note, not verified. */
export interface Note {
  /** The signed text; ends in LF. */
  readonly text: string;
  /** The bytes of `text`. */
  readonly textBytes: Uint8Array;
  /** 1 to 100, in the order of their lines. */
  readonly signatures: readonly NoteSignature[];
}

/**
 * Reads a signed note without verifying it (C2SP signed-note): the text up to the last empty line, then signature lines.
 *
 * @param bytes at most 131,072; copied
 * @throws ProofError ERR_NOTE_SIZE, ERR_NOTE_SYNTAX, ERR_NOTE_SIGNATURE_LINE, ERR_UTF8
 * @example parseNote(bytes).signatures[0].name // 'example.com/log'
 */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > MAX_NOTE_BYTES) refuse('ERR_NOTE_SIZE', 'note', `at most ${MAX_NOTE_BYTES} bytes`, bytes.length);
  const copy = bytes.slice();
  checkText(copy, 'note');
  let split = copy.length - 2;
  while (split >= 0 && (copy[split] !== LF || copy[split + 1] !== LF)) split--;
  if (split < 0) refuse('ERR_NOTE_SYNTAX', 'note', 'an empty line before the signatures', 'none');
  const textBytes = copy.slice(0, split + 1);
  return { text: utf8Decode(textBytes, 'note'), textBytes, signatures: parseSignatures(copy.subarray(split + 2)) };
}

/**
 * Reads signature lines alone, as a witness returns them (C2SP tlog-witness).
 *
 * @param bytes 1 to 100 lines, each ending in LF
 * @throws ProofError ERR_NOTE_SIZE, ERR_NOTE_SYNTAX, ERR_NOTE_SIGNATURE_LINE, ERR_UTF8
 * @example formatNote(note.textBytes, [...note.signatures, ...parseSignatures(response)])
 */
export function parseSignatures(bytes: Uint8Array): NoteSignature[] {
  if (bytes.length > MAX_NOTE_BYTES) refuse('ERR_NOTE_SIZE', 'signatures', `at most ${MAX_NOTE_BYTES} bytes`, bytes.length);
  const text = utf8Decode(bytes, 'signatures');
  if (!text.endsWith('\n')) refuse('ERR_NOTE_SYNTAX', 'signatures', 'one line or more, each ending in a line feed', 'another end');
  // The limit also bounds the split.
  const lines = text.split('\n', MAX_NOTE_SIGNATURES + 2);
  if (lines.length > MAX_NOTE_SIGNATURES + 1) {
    refuse('ERR_NOTE_SIZE', 'signatures', `at most ${MAX_NOTE_SIGNATURES} signatures`, 'more');
  }
  return lines.slice(0, -1).map(parseSignatureLine);
}

function parseSignatureLine(line: string, index: number): NoteSignature {
  const field = `signatures[${index}]`;
  const [name, base64, ...rest] = line.startsWith(PREFIX) ? line.slice(PREFIX.length).split(' ') : [];
  if (name === undefined || base64 === undefined || rest.length > 0 || !isKeyName(name)) {
    refuse('ERR_NOTE_SIGNATURE_LINE', field, 'an em dash, a key name and base64, one space apart', `${line.length} other characters`);
  }
  const blob = base64Decode(base64, field);
  if (blob.length < 5) refuse('ERR_NOTE_SIGNATURE_LINE', field, 'a key id of 4 bytes and a signature', `${blob.length} bytes`);
  return { name, keyId: new DataView(blob.buffer).getUint32(0), signature: blob.slice(4) };
}

/**
 * Writes a note: the text, an empty line and one line per signature.
 *
 * @param textBytes UTF-8 that ends in LF and has no other control byte below 0x20
 * @param signatures 1 to 100
 * @throws ProofError ERR_NOTE_SIZE, ERR_NOTE_SYNTAX, ERR_NOTE_SIGNATURE_LINE, ERR_UTF8: what `parseNote` would refuse
 * @example formatNote(formatCheckpoint(checkpoint), signatures)
 */
export function formatNote(textBytes: Uint8Array, signatures: readonly NoteSignature[]): Uint8Array {
  if (signatures.length === 0 || signatures.length > MAX_NOTE_SIGNATURES) {
    refuse('ERR_NOTE_SIZE', 'signatures', `1 to ${MAX_NOTE_SIGNATURES} signatures`, signatures.length);
  }
  checkNoteText(textBytes);
  const note = concatBytes(textBytes, Uint8Array.of(LF), ...signatures.map(formatSignature));
  if (note.length > MAX_NOTE_BYTES) refuse('ERR_NOTE_SIZE', 'note', `at most ${MAX_NOTE_BYTES} bytes`, note.length);
  return note;
}

/**
 * Writes one signature line, with its line feed.
 *
 * @param signature name, key id and 1 or more bytes
 * @param index which of the lines it is, for an error
 * @throws ProofError ERR_NOTE_SIGNATURE_LINE
 * @example formatSignature({ name: 'example.com/log', keyId: 0x01020304, signature })
 */
export function formatSignature(signature: NoteSignature, index = 0): Uint8Array {
  const field = `signatures[${index}]`;
  const { name, keyId, signature: bytes } = signature;
  if (!isKeyName(name) || !isWellFormed(name)) refuse('ERR_NOTE_SIGNATURE_LINE', field, 'a key name without spaces or plus', 'another');
  if (!Number.isInteger(keyId) || keyId < 0 || keyId > 0xffffffff) throw new RangeError(`${field}: expected a key id of 32 bits`);
  if (bytes.length === 0) refuse('ERR_NOTE_SIGNATURE_LINE', field, 'a signature of 1 byte or more', 0);
  const blob = new Uint8Array(4 + bytes.length);
  new DataView(blob.buffer).setUint32(0, keyId);
  blob.set(bytes, 4);
  return utf8Encode(`${PREFIX}${name} ${base64Encode(blob)}\n`);
}

/**
 * Refuses bytes that cannot be the text of a note.
 *
 * @param textBytes without the empty line and the signatures
 * @throws ProofError ERR_NOTE_SYNTAX, ERR_UTF8
 * @example checkNoteText(utf8Encode('hello\n'))
 */
export function checkNoteText(textBytes: Uint8Array): void {
  checkText(textBytes, 'text');
  if (textBytes.at(-1) !== LF) refuse('ERR_NOTE_SYNTAX', 'text', 'a line feed at the end', 'another end');
  utf8Decode(textBytes, 'text');
}

function checkText(bytes: Uint8Array, field: string): void {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! < 0x20 && bytes[i] !== LF) refuse('ERR_NOTE_SYNTAX', field, 'no control byte but line feed', `one at ${i}`);
  }
}

import { base64Decode, base64Encode } from '../bytes/base64.ts';
import { concatBytes } from '../bytes/compare.ts';
import { hexDecode, hexEncode } from '../bytes/hex.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import { parseCanonical } from '../json/parse.ts';
import { type JsonObject, type JsonValue, isJsonObject } from '../json/value.ts';
import { type TlogProof, formatTlogProof, parseTlogProof } from '../proof/tlog-proof.ts';
import { RECORD_MAX_BYTES } from '../record/parse.ts';

/** A leaf hash (32 bytes) and the proof that it is in a log. */
export interface IncludedLeaf {
  readonly hash: Uint8Array;
  /** Without `extra`. */
  readonly proof: TlogProof;
}

/** A record and the proof that it is in a log. */
export interface IncludedRecord {
  readonly record: Uint8Array;
  /** Without `extra`. */
  readonly proof: TlogProof;
}

/**
 * What shows that a log contradicted itself (architecture §3.2), to anyone who has the log's public key:
 * `roots`: two checkpoints of the same size with different roots; `leaves`: two different leaves at one index; `place`: a record in the log whose
 * own `seq` or `chain` says that it belongs elsewhere.
 */
export type Evidence =
  | { readonly kind: 'roots'; readonly notes: readonly [Uint8Array, Uint8Array] }
  | { readonly kind: 'leaves'; readonly leaves: readonly [IncludedLeaf, IncludedLeaf] }
  | { readonly kind: 'place'; readonly included: IncludedRecord };

const FORMAT = 'countersign/evidence@1';
/** The most bytes an evidence file may have: 1 MiB, twice the longest possible pair of proofs. */
export const EVIDENCE_MAX_BYTES = 1_048_576;

function refuse(field: string, expected: string, actual: string | number): never {
  throw new ProofError('ERR_EVIDENCE_FORM', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

function text(proof: TlogProof): string {
  if (proof.extra !== undefined) refuse('proof', 'no extra data', `${proof.extra.length} bytes`);
  return utf8Decode(formatTlogProof(proof), 'proof');
}

function payload(evidence: Evidence): object {
  const { kind } = evidence;
  if (kind === 'roots') return { format: FORMAT, kind, notes: evidence.notes.map((note) => utf8Decode(note, 'notes')) };
  if (kind === 'leaves') {
    return { format: FORMAT, kind, leaves: evidence.leaves.map(({ hash, proof }) => ({ hash: hexEncode(hash), proof: text(proof) })) };
  }
  const { record, proof } = evidence.included;
  return { format: FORMAT, kind, proof: text(proof), record: base64Encode(record) };
}

/**
 * Writes evidence as a file: canonical JSON and one line feed, with notes and proofs as the text they are. Whether it shows anything is not
 * asked here; `makeEvidence` asks first.
 *
 * @param evidence of any of the three kinds
 * @throws ProofError ERR_EVIDENCE_FORM, ERR_UTF8, and what `formatTlogProof` throws
 * @example formatEvidence({ kind: 'roots', notes: [ours, theirs] })
 */
export function formatEvidence(evidence: Evidence, engine: Engine = defaultEngine): Uint8Array {
  const bytes = concatBytes(engine.canonicalize(payload(evidence)), Uint8Array.of(0x0a));
  if (bytes.length > EVIDENCE_MAX_BYTES) refuse('evidence', `at most ${EVIDENCE_MAX_BYTES} bytes`, bytes.length);
  return bytes;
}

function string(value: JsonValue | undefined, field: string): string {
  return typeof value === 'string' ? value : refuse(field, 'a string', typeof value);
}

function pair(value: JsonValue | undefined, field: string): readonly [JsonValue, JsonValue] {
  if (!Array.isArray(value) || value.length !== 2) refuse(field, 'two entries', Array.isArray(value) ? value.length : typeof value);
  return value as unknown as readonly [JsonValue, JsonValue];
}

function checkMembers(value: JsonValue, members: string, field: string): asserts value is JsonObject {
  if (!isJsonObject(value) || Object.keys(value).join() !== members) refuse(field, `exactly the members ${members}`, 'others');
}

function readProof(value: JsonValue | undefined): TlogProof {
  const proof = parseTlogProof(utf8Encode(string(value, 'proof')));
  if (proof.extra !== undefined) refuse('proof', 'no extra data', `${proof.extra.length} bytes`);
  return proof;
}

function readLeaf(value: JsonValue): IncludedLeaf {
  checkMembers(value, 'hash,proof', 'leaves');
  return { hash: hexDecode(string(value['hash'], 'hash'), 32, 'hash'), proof: readProof(value['proof']) };
}

function readNote(value: JsonValue): Uint8Array {
  return utf8Encode(string(value, 'notes'));
}

/**
 * Reads an evidence file, strictly, and verifies nothing; `verifyEvidence` does.
 *
 * @param bytes at most 1 MiB
 * @throws ProofError ERR_EVIDENCE_FORM, ERR_NOT_CANONICAL, ERR_BASE64, ERR_HEX, and what `parseTlogProof` throws
 * @see docs/spec/evidence.md
 * @example parseEvidence(bytes).kind // 'roots'
 */
export function parseEvidence(bytes: Uint8Array): Evidence {
  if (bytes.length > EVIDENCE_MAX_BYTES) refuse('evidence', `at most ${EVIDENCE_MAX_BYTES} bytes`, bytes.length);
  if (bytes.at(-1) !== 0x0a) refuse('evidence', 'canonical JSON and one line feed', 'no line feed at the end');
  const file = parseCanonical(bytes.subarray(0, -1), 'evidence');
  if (!isJsonObject(file) || file['format'] !== FORMAT) refuse('format', FORMAT, 'another value');
  switch (file['kind']) {
    case 'roots': {
      checkMembers(file, 'format,kind,notes', 'evidence');
      const [first, second] = pair(file['notes'], 'notes');
      return { kind: 'roots', notes: [readNote(first), readNote(second)] };
    }
    case 'leaves': {
      checkMembers(file, 'format,kind,leaves', 'evidence');
      const [first, second] = pair(file['leaves'], 'leaves');
      return { kind: 'leaves', leaves: [readLeaf(first), readLeaf(second)] };
    }
    case 'place': {
      checkMembers(file, 'format,kind,proof,record', 'evidence');
      const record = base64Decode(string(file['record'], 'record'), 'record');
      if (record.length > RECORD_MAX_BYTES) refuse('record', `at most ${RECORD_MAX_BYTES} bytes`, record.length);
      return { kind: 'place', included: { record, proof: readProof(file['proof']) } };
    }
    default:
      return refuse('kind', 'roots, leaves or place', 'another value');
  }
}

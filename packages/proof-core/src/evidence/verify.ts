import { equalBytes } from '../bytes/compare.ts';
import { hexEncode } from '../bytes/hex.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import { hashLeaf } from '../merkle/hash.ts';
import { verifyInclusion } from '../merkle/inclusion.ts';
import { type Checkpoint, parseCheckpoint } from '../note/checkpoint.ts';
import type { NoteKey } from '../note/key.ts';
import { verifyNote } from '../note/verify.ts';
import type { TlogProof } from '../proof/tlog-proof.ts';
import { readLink } from '../record/link.ts';
import { type Evidence, type IncludedLeaf, formatEvidence, parseEvidence } from './evidence.ts';

/** What evidence proves about a log. */
export interface VerifiedEvidence {
  readonly kind: Evidence['kind'];
  /** The log's origin. */
  readonly origin: string;
  /** What the log's key signed once. */
  readonly one: string;
  /** What the log's key signed as well, and what cannot be true beside it. */
  readonly other: string;
  /** RFC 7638 thumbprints of the keys whose signatures prove it, each once. */
  readonly thumbprints: readonly string[];
}

/** What evidence proves, or why it proves nothing. */
export type EvidenceReport =
  | { readonly proven: true; readonly finding: VerifiedEvidence }
  | { readonly proven: false; readonly error: ProofError };

interface Signed {
  readonly checkpoint: Checkpoint;
  readonly thumbprints: readonly string[];
}

/** Nothing is shown: what was given does not contradict itself. */
function nothing(field: string, expected: string | number, actual: string | number): never {
  throw new ProofError('ERR_EVIDENCE_NOTHING', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

async function readSigned(note: Uint8Array, keys: readonly NoteKey[], engine: Engine): Promise<Signed> {
  const { textBytes, signers } = await verifyNote(note, keys, engine);
  // A log that misbehaves may well have added lines; they change nothing about its root.
  const checkpoint = parseCheckpoint(textBytes, { extensions: true });
  // The key's name is the origin it speaks for (architecture §3.2): another log's key proves nothing against this one.
  const own = signers.filter(({ name }) => name === checkpoint.origin);
  if (own.length === 0) nothing('origin', signers[0]!.name, checkpoint.origin);
  return { checkpoint, thumbprints: own.map(({ publicKey }) => publicKey.thumbprint) };
}

async function readIncluded(hash: Uint8Array, proof: TlogProof, keys: readonly NoteKey[], engine: Engine): Promise<Signed> {
  const signed = await readSigned(proof.note, keys, engine);
  verifyInclusion(proof.index, signed.checkpoint.size, hash, proof.hashes, signed.checkpoint.root, engine);
  return signed;
}

function finding(kind: Evidence['kind'], signed: readonly [Signed, Signed], one: string, other: string): VerifiedEvidence {
  const [{ checkpoint: first }, { checkpoint: second }] = signed;
  if (first.origin !== second.origin) nothing('origin', first.origin, second.origin);
  const thumbprints = [...new Set(signed.flatMap((part) => part.thumbprints))];
  return { kind, origin: first.origin, one, other, thumbprints };
}

const sayRoot = ({ size, root }: Checkpoint): string => `size ${size} has root ${hexEncode(root)}`;
const sayLeaf = ({ hash, proof }: IncludedLeaf): string => `leaf ${proof.index} is ${hexEncode(hash)}`;

async function judgeRoots(
  [first, second]: readonly [Uint8Array, Uint8Array],
  keys: readonly NoteKey[],
  engine: Engine,
): Promise<VerifiedEvidence> {
  const signed = [await readSigned(first, keys, engine), await readSigned(second, keys, engine)] as const;
  const [one, other] = [signed[0].checkpoint, signed[1].checkpoint];
  if (one.size !== other.size) nothing('size', one.size, other.size);
  if (equalBytes(one.root, other.root)) nothing('root', 'different roots', 'the same root');
  return finding('roots', signed, sayRoot(one), sayRoot(other));
}

async function judgeLeaves(
  [first, second]: readonly [IncludedLeaf, IncludedLeaf],
  keys: readonly NoteKey[],
  engine: Engine,
): Promise<VerifiedEvidence> {
  const signed = [
    await readIncluded(first.hash, first.proof, keys, engine),
    await readIncluded(second.hash, second.proof, keys, engine),
  ] as const;
  if (first.proof.index !== second.proof.index) nothing('index', first.proof.index, second.proof.index);
  if (equalBytes(first.hash, second.hash)) nothing('hash', 'different leaves', 'the same leaf');
  return finding('leaves', signed, sayLeaf(first), sayLeaf(second));
}

async function judgePlace(record: Uint8Array, proof: TlogProof, keys: readonly NoteKey[], engine: Engine): Promise<VerifiedEvidence> {
  const signed = await readIncluded(hashLeaf(record, engine), proof, keys, engine);
  const link = readLink(record, 0, record.length);
  if (link === undefined) nothing('record', 'a record with a link', 'other bytes');
  const { origin } = signed.checkpoint;
  if (link.seq === proof.index && link.chain === origin) nothing('link', 'another seq or chain than the log', 'the same');
  return finding('place', [signed, signed], `record ${proof.index} of ${origin}`, `says it is record ${link.seq} of ${link.chain}`);
}

async function judge(evidence: Evidence, keys: readonly NoteKey[], engine: Engine): Promise<VerifiedEvidence> {
  if (evidence.kind === 'roots') return judgeRoots(evidence.notes, keys, engine);
  if (evidence.kind === 'leaves') return judgeLeaves(evidence.leaves, keys, engine);
  return judgePlace(evidence.included.record, evidence.included.proof, keys, engine);
}

/**
 * Verifies an evidence file with nothing but the log's public key, or throws because it proves nothing.
 *
 * @param bytes the file; may be changed once the call has returned its promise
 * @param keys the log's keys as the caller knows them, named by its origin: `parseVkey(text)` or `noteKey(origin, key)`
 * @returns the two statements that cannot both be true, and whose signatures they carry
 * @throws ProofError what `parseEvidence` throws; ERR_EVIDENCE_NOTHING no contradiction, or not this log's; ERR_NOTE_SIGNATURE,
 *   ERR_NOTE_UNVERIFIED not signed by these keys; ERR_INCLUSION… a proof that does not hold
 * @see architecture §3.2; docs/spec/evidence.md
 * @example const { one, other } = await verifyEvidence(bytes, [parseVkey('log.example.com+530d903a+Aek…')]);
 */
export async function verifyEvidence(
  bytes: Uint8Array,
  keys: readonly NoteKey[],
  engine: Engine = defaultEngine,
): Promise<VerifiedEvidence> {
  return judge(parseEvidence(bytes), [...keys], engine);
}

/**
 * Tells what an evidence file proves; throws for nothing that it holds.
 *
 * @param bytes as for `verifyEvidence`
 * @param keys as for `verifyEvidence`
 * @example (await inspectEvidence(bytes, keys)).proven
 */
export async function inspectEvidence(
  bytes: Uint8Array,
  keys: readonly NoteKey[],
  engine: Engine = defaultEngine,
): Promise<EvidenceReport> {
  try {
    return { proven: true, finding: await verifyEvidence(bytes, keys, engine) };
  } catch (error) {
    if (error instanceof ProofError) return { proven: false, error };
    throw error;
  }
}

/**
 * Makes an evidence file, after making sure that it proves something: nobody is accused by mistake.
 *
 * @param evidence as it was found
 * @param keys the log's keys, as for `verifyEvidence`
 * @returns canonical JSON and one line feed
 * @throws ProofError what `formatEvidence` and `verifyEvidence` throw
 * @example await makeEvidence({ kind: 'roots', notes: [ours, theirs] }, [parseVkey(vkey)])
 */
export async function makeEvidence(evidence: Evidence, keys: readonly NoteKey[], engine: Engine = defaultEngine): Promise<Uint8Array> {
  const bytes = formatEvidence(evidence, engine);
  await verifyEvidence(bytes, keys, engine);
  return bytes;
}

import { base64Decode, base64Encode } from '../bytes/base64.ts';
import { concatBytes } from '../bytes/compare.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { checkHash } from '../merkle/hash.ts';
import { refuse } from '../errors.ts';
import { checkIndex, parseSize } from '../merkle/size.ts';
import { parseCheckpoint } from '../note/checkpoint.ts';
import { MAX_NOTE_BYTES, parseNote } from '../note/note.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';
/** The most hashes a proof can have: one per bit of a 64-bit size. */
const MAX_HASHES = 64;
/** The most bytes of `extra`. */
const MAX_EXTRA_BYTES = 65_535;
// Header, extra in base64, index, hashes and the empty line, rounded up.
const MAX_HEAD_BYTES = 96_000;
const LF = 0x0a;

/** The proof that a leaf is in a log, with the signed checkpoint it leads to (C2SP tlog-proof). */
export interface TlogProof {
  /** The leaf, from 0. */
  readonly index: number;
  /** 32 bytes each, the leaf's sibling first (RFC 6962 §2.1.1). */
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint with all its signature lines, not verified. */
  readonly note: Uint8Array;
  /** Data of the application, 1 to 65,535 bytes. Nothing authenticates it. */
  readonly extra?: Uint8Array;
}

/**
 * Writes a `.tlog-proof` (C2SP tlog-proof).
 *
 * @param proof the index of the leaf, hashes of 32 bytes, the signed note, perhaps `extra`
 * @throws ProofError ERR_TLOG_PROOF, ERR_HASH_LENGTH, ERR_INDEX and what `parseNote` and `parseCheckpoint` throw: what
 *   `parseTlogProof` would refuse
 * @example formatTlogProof({ index: 17, hashes: view.inclusionProof(17), note })
 */
export function formatTlogProof(proof: TlogProof): Uint8Array {
  proof.hashes.forEach((hash, i) => checkHash(hash, `hashes[${i}]`));
  checkParts(proof);
  const extra = proof.extra === undefined ? '' : `extra ${base64Encode(proof.extra)}\n`;
  const hashes = proof.hashes.map((hash) => `${base64Encode(hash)}\n`).join('');
  return concatBytes(utf8Encode(`${HEADER}\n${extra}index ${proof.index}\n${hashes}\n`), proof.note);
}

/**
 * Reads a `.tlog-proof`, strictly, and the form of the checkpoint inside; verifies nothing (C2SP tlog-proof).
 *
 * @param bytes at most 227,072; copied
 * @throws ProofError ERR_TLOG_PROOF, ERR_DECIMAL, ERR_TREE_SIZE, ERR_INDEX, ERR_BASE64, ERR_UTF8 and what `parseNote` and
 *   `parseCheckpoint` throw
 * @example const { index, hashes, note } = parseTlogProof(bytes);
 */
export function parseTlogProof(bytes: Uint8Array): TlogProof {
  const limit = MAX_HEAD_BYTES + MAX_NOTE_BYTES;
  if (bytes.length > limit) refuse('ERR_TLOG_PROOF', 'proof', `at most ${limit} bytes`, bytes.length);
  let split = 0;
  while (split < bytes.length && !(bytes[split] === LF && bytes[split + 1] === LF)) split++;
  if (split > MAX_HEAD_BYTES || split >= bytes.length) refuse('ERR_TLOG_PROOF', 'proof', 'an empty line before the checkpoint', 'none');
  const lines = utf8Decode(bytes.subarray(0, split), 'proof').split('\n');
  if (lines.shift() !== HEADER) refuse('ERR_TLOG_PROOF', 'proof', `the line ${HEADER}`, 'another first line');
  const extra = lines[0]?.startsWith('extra ') ? base64Decode(lines.shift()!.slice(6), 'extra') : undefined;
  const index = lines.shift();
  if (!index?.startsWith('index ')) refuse('ERR_TLOG_PROOF', 'index', 'a line with the index', 'another line');
  if (lines.length > MAX_HASHES) refuse('ERR_TLOG_PROOF', 'hashes', `at most ${MAX_HASHES}`, lines.length);
  const proof: TlogProof = {
    index: parseSize(index.slice(6), 'index'),
    hashes: lines.map(parseHash),
    note: bytes.slice(split + 2),
    ...(extra === undefined ? {} : { extra }),
  };
  checkParts(proof);
  return proof;
}

function parseHash(line: string, i: number): Uint8Array {
  const hash = base64Decode(line, `hashes[${i}]`);
  checkHash(hash, `hashes[${i}]`);
  return hash;
}

function checkParts({ index, hashes, note, extra }: TlogProof): void {
  if (hashes.length > MAX_HASHES) refuse('ERR_TLOG_PROOF', 'hashes', `at most ${MAX_HASHES}`, hashes.length);
  // No data is written as no line: an empty one would be a second form of the same proof.
  if (extra !== undefined && (extra.length === 0 || extra.length > MAX_EXTRA_BYTES)) {
    refuse('ERR_TLOG_PROOF', 'extra', `1 to ${MAX_EXTRA_BYTES} bytes`, extra.length);
  }
  const checkpoint = parseCheckpoint(parseNote(note).textBytes, { extensions: true });
  checkIndex(index, checkpoint.size);
}

import { base64Decode, base64Encode } from '../bytes/base64.ts';
import { concatBytes } from '../bytes/compare.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { checkHash } from '../merkle/hash.ts';
import { refuse } from '../errors.ts';
import { checkSize, parseSize } from '../merkle/size.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { MAX_NOTE_BYTES, parseNote } from './note.ts';

const LF = 0x0a;
/** The most hashes a request may carry (C2SP tlog-witness). */
const MAX_HASHES = 63;
// "old", 16 digits, 63 lines of 45 bytes and the empty line, rounded up.
const MAX_HEAD_BYTES = 4096;

/** What a log asks of a witness: to cosign a checkpoint that follows one it knows (C2SP tlog-witness, `add-checkpoint`). */
export interface AddCheckpoint {
  /** The size of the checkpoint that the witness cosigned last; 0 when there is none. */
  readonly old: number;
  /** The consistency proof from `old`: hashes of 32 bytes; none from 0, and none from the checkpoint's own size. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint, not verified. */
  readonly note: Uint8Array;
}

/**
 * Writes the body of an `add-checkpoint` request (C2SP tlog-witness).
 *
 * @param request the size the witness has, a consistency proof from there of 32-byte hashes, the signed note
 * @throws ProofError ERR_WITNESS_REQUEST, ERR_TREE_SIZE, ERR_HASH_LENGTH and what `parseNote` and `parseCheckpoint` throw: what
 *   `parseAddCheckpoint` would refuse
 * @example formatAddCheckpoint({ old: 3, proof: view.consistencyProof(3), note })
 */
export function formatAddCheckpoint(request: AddCheckpoint): Uint8Array {
  request.proof.forEach((hash, i) => checkHash(hash, `proof[${i}]`));
  checkParts(request);
  const hashes = request.proof.map((hash) => `${base64Encode(hash)}\n`).join('');
  return concatBytes(utf8Encode(`old ${request.old}\n${hashes}\n`), request.note);
}

/**
 * Reads the body of an `add-checkpoint` request, strictly; verifies neither the note nor the proof (C2SP tlog-witness).
 *
 * @param bytes at most 135,168; copied
 * @throws ProofError ERR_WITNESS_REQUEST, ERR_DECIMAL, ERR_TREE_SIZE, ERR_BASE64, ERR_HASH_LENGTH, ERR_UTF8 and what `parseNote`
 *   and `parseCheckpoint` throw
 * @example const { old, proof, note } = parseAddCheckpoint(body);
 */
export function parseAddCheckpoint(bytes: Uint8Array): AddCheckpoint {
  const limit = MAX_HEAD_BYTES + MAX_NOTE_BYTES;
  if (bytes.length > limit) refuse('ERR_WITNESS_REQUEST', 'request', `at most ${limit} bytes`, bytes.length);
  let split = 0;
  while (split < bytes.length && !(bytes[split] === LF && bytes[split + 1] === LF)) split++;
  if (split > MAX_HEAD_BYTES || split === bytes.length) refuse('ERR_WITNESS_REQUEST', 'request', 'an empty line after the proof', 'none');
  const [first = '', ...hashes] = utf8Decode(bytes.subarray(0, split), 'request').split('\n');
  if (!first.startsWith('old ')) refuse('ERR_WITNESS_REQUEST', 'old', 'a first line with the old size', 'another line');
  const request: AddCheckpoint = {
    old: parseSize(first.slice(4), 'old'),
    proof: hashes.map((line, i) => base64Decode(line, `proof[${i}]`)),
    note: bytes.slice(split + 2),
  };
  request.proof.forEach((hash, i) => checkHash(hash, `proof[${i}]`));
  checkParts(request);
  return request;
}

function checkParts({ old, proof, note }: AddCheckpoint): void {
  checkSize(old, 'old');
  if (proof.length > MAX_HASHES) refuse('ERR_WITNESS_REQUEST', 'proof', `at most ${MAX_HASHES} hashes`, proof.length);
  const { size } = parseCheckpoint(parseNote(note).textBytes, { extensions: true });
  if (old > size) refuse('ERR_WITNESS_REQUEST', 'old', `at most the checkpoint's size ${size}`, old);
  if ((old === 0 || old === size) && proof.length > 0) refuse('ERR_WITNESS_REQUEST', 'proof', `no hash from size ${old}`, proof.length);
}

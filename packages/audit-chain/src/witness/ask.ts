import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { parseSize } from '@countersign/proof-core/merkle/size';
import { verifyCosignatures } from '@countersign/proof-core/note/cosignature';
import type { NoteKey } from '@countersign/proof-core/note/key';
import { type Note, formatSignature, parseSignatures } from '@countersign/proof-core/note/note';
import { formatAddCheckpoint } from '@countersign/proof-core/note/witness';
import { ChainError, type ChainErrorCode } from '../errors.ts';
import { type Exchange, type HttpAnswer, witnessUrl } from './exchange.ts';

/** A witness to be asked. */
export interface AskedWitness {
  /** What reports call it: its name in the policy. */
  readonly name: string;
  /** Of type 0x04. */
  readonly key: NoteKey;
  /** Its submission prefix. */
  readonly url: string;
}

/** What a witness is asked to cosign. */
export interface Submission {
  readonly origin: string;
  readonly size: number;
  /** The signed checkpoint and what is in it. */
  readonly note: Uint8Array;
  readonly parsed: Note;
  /** Makes the consistency proof from a size below that of the checkpoint. */
  readonly proofFrom: (size: number) => Promise<readonly Uint8Array[]>;
}

/** A cosignature that holds. */
export interface CosignedLine {
  /** The signature line, with its line feed. */
  readonly line: Uint8Array;
  /** POSIX seconds, by the witness. */
  readonly time: number;
}

/** A witness says that it has seen another history: what it was asked and what it answered. */
export class WitnessConflict extends ChainError {
  readonly answer: HttpAnswer;
  /** The size that the witness says it has, where it says one. */
  readonly theirSize: number | undefined;

  constructor(witness: string, answer: HttpAnswer, theirSize?: number) {
    const claim = theirSize === undefined ? '' : `, size ${theirSize}`;
    super(
      'ERR_WITNESS_CONFLICT',
      `witness ${witness}: expected a cosignature, got status ${answer.status}${claim}: it knows another history`,
      {
        field: witness,
        expected: 'a cosignature',
        actual: theirSize ?? answer.status,
      },
    );
    this.answer = answer;
    this.theirSize = theirSize;
  }
}

/** How far the clock of a witness may be from ours: an older cosignature is one that was kept and sent again. */
const MAX_SKEW_SECONDS = 300;
/** A witness that moves on between two questions is asked again; one that always does is not. */
const MAX_ATTEMPTS = 4;

/**
 * Asks one witness to cosign a checkpoint (C2SP tlog-witness, `add-checkpoint`). Where it answers that it is elsewhere, below this checkpoint,
 * it is asked again from there.
 *
 * @param from the size that it cosigned last, as far as that is known; 0 else
 * @param now seconds since 1970
 * @returns the cosignature, verified under the witness's key and of our time
 * @throws WitnessConflict (ERR_WITNESS_CONFLICT) for 422, and for 409 with a greater size, or with the size that both have; ChainError
 *   ERR_WITNESS_UNKNOWN_LOG, ERR_WITNESS_REFUSED, ERR_WITNESS_REPLY, ERR_WITNESS_TIME, ERR_WITNESS_UNAVAILABLE
 * @example const { line } = await askWitness(exchange, witness, submission, 0, now, engine);
 */
export async function askWitness(
  exchange: Exchange,
  witness: AskedWitness,
  submission: Submission,
  from: number,
  now: () => number,
  engine: Engine,
  signal?: AbortSignal,
): Promise<CosignedLine> {
  const { name } = witness;
  const { size } = submission;
  let old = Math.min(from, size);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const proof = old === 0 || old === size ? [] : await submission.proofFrom(old);
    const body = formatAddCheckpoint({ old, proof, note: submission.note });
    const answer = await exchange.send({ method: 'POST', url: witnessUrl(witness.url, 'add-checkpoint'), body }, signal);
    switch (answer.status) {
      case 200:
        return await readCosignature(witness, submission, answer, now(), engine);
      case 404:
        throw problem('ERR_WITNESS_UNKNOWN_LOG', name, `a witness of ${submission.origin}`, 'status 404');
      case 409: {
        const theirs = readTheirSize(name, answer);
        // At the same size version 1.0.0 of the protocol says 409 of another root, as later ones say 422.
        if (theirs > size || (theirs === old && old === size)) throw new WitnessConflict(name, answer, theirs);
        if (theirs === old) throw problem('ERR_WITNESS_REPLY', name, 'another size than the one that was sent', `409 with ${theirs}`);
        old = theirs;
        break;
      }
      case 422:
        throw new WitnessConflict(name, answer);
      default:
        throw problem(
          answer.status >= 500 || answer.status === 429 ? 'ERR_WITNESS_UNAVAILABLE' : 'ERR_WITNESS_REFUSED',
          name,
          'status 200',
          `status ${answer.status}`,
        );
    }
  }
  throw problem('ERR_WITNESS_REPLY', name, `a decision within ${MAX_ATTEMPTS} answers`, 'another size each time');
}

function readTheirSize(name: string, { type, body }: HttpAnswer): number {
  if (type !== 'text/x.tlog.size') throw problem('ERR_WITNESS_REPLY', name, 'a size of type text/x.tlog.size', type || 'no type');
  return read(name, () => {
    const text = utf8Decode(body, 'size');
    if (!text.endsWith('\n')) throw problem('ERR_WITNESS_REPLY', name, 'a size and a line feed', `${body.length} other bytes`);
    return parseSize(text.slice(0, -1), 'size');
  });
}

async function readCosignature(
  { name, key }: AskedWitness,
  { parsed }: Submission,
  { body }: HttpAnswer,
  now: number,
  engine: Engine,
): Promise<CosignedLine> {
  const lines = read(name, () => parseSignatures(body));
  const mine = lines.filter((line) => line.name === key.name && line.keyId === key.keyId);
  if (mine.length !== 1) throw problem('ERR_WITNESS_REPLY', name, `one line by ${key.name}`, `${mine.length} of ${lines.length} lines`);
  let time: number;
  try {
    time = (await verifyCosignatures({ ...parsed, signatures: mine }, [key], engine))[0]!.time;
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw problem('ERR_WITNESS_REPLY', name, 'a cosignature of this checkpoint that holds', cause.code, cause);
  }
  if (Math.abs(time - now) > MAX_SKEW_SECONDS) throw problem('ERR_WITNESS_TIME', name, `within ${MAX_SKEW_SECONDS} s of ${now}`, time);
  return { line: concatBytes(...mine.map((line) => formatSignature(line))), time };
}

function read<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw problem('ERR_WITNESS_REPLY', name, 'an answer of the protocol', cause.code, cause);
  }
}

function problem(code: ChainErrorCode, witness: string, expected: string, actual: string | number, cause?: unknown): ChainError {
  return new ChainError(code, `witness ${witness}: expected ${expected}, got ${actual}`, {
    field: witness,
    expected,
    actual,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What a witness answered, for evidence: text where it is text. */
export function describeAnswer({ status, type, body }: HttpAnswer): { status: number; type: string; body: string } {
  const head = body.subarray(0, 4096);
  try {
    return { status, type, body: utf8Decode(head, 'body') };
  } catch {
    return { status, type, body: `hex:${hexEncode(head)}` };
  }
}

import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import type { Checkpoint } from '@countersign/proof-core/note/checkpoint';
import { type Cosignature, verifyCosignatures } from '@countersign/proof-core/note/cosignature';
import type { NoteKey } from '@countersign/proof-core/note/key';
import { verifyCheckpoint } from '@countersign/proof-core/note/verify-checkpoint';
import { ChainError } from '../errors.ts';
import type { AskedWitness } from './ask.ts';
import { type Exchange, monitoringUrl } from './exchange.ts';

/** The newest checkpoint that a witness cosigned, by its own publication. */
export interface Witnessed {
  readonly witness: AskedWitness;
  readonly note: Uint8Array;
  readonly checkpoint: Checkpoint;
  readonly cosignature: Cosignature;
}

/**
 * Fetches the newest checkpoint of a log that a witness has cosigned (C2SP tlog-witness, monitoring) and verifies it: signed by the log and
 * cosigned by that witness. It is proof of how far the log has been.
 *
 * @param keys the log's keys
 * @returns undefined when the witness shows none
 * @throws ChainError ERR_WITNESS_UNAVAILABLE, ERR_WITNESS_REPLY
 * @example (await readWitnessed(exchange, witness, origin, keys, engine))?.checkpoint.size
 */
export async function readWitnessed(
  exchange: Exchange,
  witness: AskedWitness,
  origin: string,
  keys: readonly NoteKey[],
  engine: Engine,
  signal?: AbortSignal,
): Promise<Witnessed | undefined> {
  const { status, body } = await exchange.send({ method: 'GET', url: monitoringUrl(witness.url, origin, engine) }, signal);
  if (status === 404) return undefined;
  const refuse = (expected: string, actual: string, cause?: unknown): ChainError =>
    new ChainError(
      status === 200 || status < 500 ? 'ERR_WITNESS_REPLY' : 'ERR_WITNESS_UNAVAILABLE',
      `witness ${witness.name}: expected ${expected}, got ${actual}`,
      {
        field: witness.name,
        expected,
        actual,
        cause,
      },
    );
  if (status !== 200) throw refuse('a checkpoint', `status ${status}`);
  try {
    const { checkpoint, note } = await verifyCheckpoint(body, keys, { origin }, engine);
    const [cosignature] = await verifyCosignatures(note, [witness.key], engine);
    if (cosignature === undefined) throw refuse('a checkpoint that it cosigned', 'none of its lines');
    return { witness, note: body, checkpoint, cosignature };
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw refuse('a signed checkpoint of the log', cause.code, cause);
  }
}

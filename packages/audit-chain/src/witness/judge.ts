import { equalBytes } from '@countersign/proof-core/bytes/compare';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { verifyConsistency } from '@countersign/proof-core/merkle/consistency';
import { type Checkpoint, parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import type { NoteKey } from '@countersign/proof-core/note/key';
import { type NoteSignature, parseNote } from '@countersign/proof-core/note/note';
import { verifyCheckpoint } from '@countersign/proof-core/note/verify-checkpoint';
import { type AddCheckpoint, parseAddCheckpoint } from '@countersign/proof-core/note/witness';

/** Why a witness does not cosign, as the status of its answer (C2SP tlog-witness). */
export type WitnessRefusal =
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string }
  | { readonly status: 409; readonly reason: string; readonly size: number };

/** A request that names a log that the witness knows, signed by it. */
export interface Asked {
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: Checkpoint;
  readonly textBytes: Uint8Array;
  /** The lines of the log's keys, verified. */
  readonly signatures: readonly NoteSignature[];
}

const MAX_HASHES = 63;

/**
 * Reads a request to cosign as far as the witness's state does not matter (C2SP tlog-witness): its form (400), its log (404), the log's signature
 * (403).
 *
 * @param body at most 135,168 bytes
 * @param keysOf the keys of a log by its origin; none for a log that is not known
 */
export async function readAsked(
  body: Uint8Array,
  keysOf: (origin: string) => readonly NoteKey[],
  engine: Engine,
): Promise<Asked | WitnessRefusal> {
  let request: AddCheckpoint;
  let origin: string;
  try {
    request = parseAddCheckpoint(body);
    ({ origin } = parseCheckpoint(parseNote(request.note).textBytes, { extensions: true }));
  } catch (error) {
    return { status: isProofWhereNoneBelongs(error) ? 422 : 400, reason: coded(error) };
  }
  const keys = keysOf(origin);
  if (keys.length === 0) return { status: 404, reason: 'a log that this witness does not know' };
  try {
    const { checkpoint, note } = await verifyCheckpoint(request.note, keys, { origin, extensions: true }, engine);
    const isSigner = ({ name, keyId }: NoteSignature): boolean => note.signers.some((key) => key.name === name && key.keyId === keyId);
    const signatures = note.signatures.filter(isSigner);
    return { old: request.old, proof: request.proof, checkpoint, textBytes: note.textBytes, signatures };
  } catch (error) {
    return { status: 403, reason: coded(error) };
  }
}

/**
 * Judges a request against the newest checkpoint that the witness has cosigned; to be called, and acted upon, under the lock of the log.
 *
 * @returns nothing when it may be cosigned
 */
export function judgeStep({ old, proof, checkpoint }: Asked, latest: Checkpoint | undefined, engine: Engine): WitnessRefusal | undefined {
  const size = latest?.size ?? 0;
  if (old !== size) return { status: 409, reason: `the newest checkpoint here has size ${size}`, size };
  if (latest === undefined || size === 0) return undefined;
  if (checkpoint.size === size)
    return equalBytes(checkpoint.root, latest.root) ? undefined : { status: 422, reason: `another root of size ${size} was cosigned here` };
  try {
    verifyConsistency(size, latest.root, checkpoint.size, checkpoint.root, proof, engine);
    return undefined;
  } catch (error) {
    return { status: 422, reason: coded(error) };
  }
}

/** A proof from nothing, or from the checkpoint itself, is well formed and proves nothing. */
function isProofWhereNoneBelongs(error: unknown): boolean {
  return (
    error instanceof ProofError && error.code === 'ERR_WITNESS_REQUEST' && error.field === 'proof' && Number(error.actual) <= MAX_HASHES
  );
}

/** The code and message of a refusal; anything else is a fault of ours. */
function coded(error: unknown): string {
  if (error instanceof ProofError) return `${error.code}: ${error.message}`;
  throw error;
}

import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { refuse } from '../errors.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import type { NoteKey } from './key-form.ts';
import { type VerifiedNote, verifyNote } from './verify.ts';

/** What the caller expects of a checkpoint. */
export interface CheckpointOptions {
  /** The log's origin. When absent, the checkpoint's origin must be the name of a key that signed it. */
  readonly origin?: string;
  /** Allows lines after the root. */
  readonly extensions?: boolean;
}

/** A checkpoint under a signature that has been verified. */
export interface VerifiedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: VerifiedNote;
}

/**
 * Verifies a signed checkpoint: a log key's signature, the strict form, and that the log it speaks of is the key's or the expected one
 * (C2SP tlog-checkpoint).
 *
 * @param bytes a signed note, at most 131,072; copied before the first wait
 * @param keys log keys that the caller trusts
 * @param options the origin expected, where it is not the name of the key; whether extension lines are allowed
 * @throws ProofError ERR_CHECKPOINT_ORIGIN when it is another log's, and as `verifyNote` and `parseCheckpoint`
 * @example const { checkpoint } = await verifyCheckpoint(bytes, [parseVkey(vkey)]);
 */
export async function verifyCheckpoint(
  bytes: Uint8Array,
  keys: readonly NoteKey[],
  options: CheckpointOptions = {},
  engine: Engine = defaultEngine,
): Promise<VerifiedCheckpoint> {
  const { origin: expected, extensions = false } = options;
  const note = await verifyNote(bytes, keys, engine);
  const checkpoint = parseCheckpoint(note.textBytes, { extensions });
  if (expected !== undefined) {
    if (checkpoint.origin !== expected) refuse('ERR_CHECKPOINT_ORIGIN', 'origin', expected, checkpoint.origin);
  } else if (!note.signers.some(({ name }) => name === checkpoint.origin)) {
    // A key trusted for one log must not speak for another.
    refuse('ERR_CHECKPOINT_ORIGIN', 'origin', note.signers.map(({ name }) => name).join(' or '), checkpoint.origin);
  }
  return { checkpoint, note };
}

import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { verifyInclusion } from '../merkle/inclusion.ts';
import type { NoteKey } from '../note/key-form.ts';
import type { Policy } from '../note/policy.ts';
import { type CheckpointOptions, type VerifiedCheckpoint, verifyCheckpoint } from '../note/verify-checkpoint.ts';
import { type PolicyOptions, verifyPolicy } from '../note/verify-policy.ts';
import { parseTlogProof } from './tlog-proof.ts';

/** What makes a proof's checkpoint acceptable: log keys, or a policy that also asks for witnesses. */
export type TlogTrust =
  | ({ readonly keys: readonly NoteKey[]; readonly policy?: undefined } & CheckpointOptions)
  | ({ readonly policy: Policy } & PolicyOptions);

/** What a verified proof says: this leaf is number `index` of the log at `checkpoint`. */
export interface VerifiedTlogProof extends VerifiedCheckpoint {
  readonly index: number;
  /** Not authenticated by anything. */
  readonly extra?: Uint8Array;
}

/**
 * Verifies a `.tlog-proof` (C2SP tlog-proof): the checkpoint first, then that it includes the leaf.
 *
 * @param bytes at most 227,072; copied before the first wait
 * @param leafHash 32 bytes: `hashLeaf` of the record the proof is about
 * @param trust log keys, or a policy
 * @throws ProofError as `parseTlogProof`, `verifyCheckpoint` or `verifyPolicy`, and `verifyInclusion`
 * @example const { index } = await verifyTlogProof(bytes, hashLeaf(record), { keys: [parseVkey(vkey)] });
 */
export async function verifyTlogProof(
  bytes: Uint8Array,
  leafHash: Uint8Array,
  trust: TlogTrust,
  engine: Engine = defaultEngine,
): Promise<VerifiedTlogProof> {
  const leaf = leafHash.slice();
  const { index, hashes, note, extra } = parseTlogProof(bytes);
  const verified =
    trust.policy === undefined
      ? await verifyCheckpoint(note, trust.keys, trust, engine)
      : await verifyPolicy(note, trust.policy, trust, engine);
  verifyInclusion(index, verified.checkpoint.size, leaf, hashes, verified.checkpoint.root, engine);
  return { checkpoint: verified.checkpoint, note: verified.note, index, ...(extra === undefined ? {} : { extra }) };
}

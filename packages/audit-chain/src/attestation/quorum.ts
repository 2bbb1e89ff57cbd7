import type { Cosignature } from '@countersign/proof-core/note/cosignature';
import type { NoteKey } from '@countersign/proof-core/note/key';
import type { Policy } from '@countersign/proof-core/note/policy';
import { hasCosigned } from '@countersign/proof-core/note/verify-policy';

/**
 * The first moment at which the quorum of a policy had cosigned: the time of the witness that completed it.
 *
 * @returns POSIX seconds; undefined when it is not complete, and for a policy that asks for no witness
 * @example quorumTime(policy, cosignatures)
 */
export function quorumTime({ quorum }: Policy, cosignatures: readonly Cosignature[]): number | undefined {
  if (quorum === undefined) return undefined;
  const keys = new Set<NoteKey>();
  for (const { key, time } of cosignatures.toSorted((a, b) => a.time - b.time)) {
    keys.add(key);
    if (hasCosigned(quorum, keys)) return time;
  }
  return undefined;
}

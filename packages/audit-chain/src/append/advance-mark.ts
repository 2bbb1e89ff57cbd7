import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { verifyConsistency } from '@countersign/proof-core/merkle/consistency';
import type { Mark } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';

/**
 * Judges a step of a high-water mark: the rule that every implementation of `HighWaterMark` applies.
 *
 * @param present the mark as it stands; undefined before the first
 * @param proof the consistency proof (RFC 6962 §2.1.2) from `present` to `next`
 * @returns whether the mark moves; false when the same size and root is signed again
 * @throws ChainError ERR_CHAIN_ROLLED_BACK for a smaller size, ERR_CHAIN_FORKED for a root that does not continue the present one
 * @example if (advanceMark(present, next, proof)) await write(next);
 */
export function advanceMark(present: Mark | undefined, next: Mark, proof: readonly Uint8Array[], engine: Engine = defaultEngine): boolean {
  if (present === undefined) return true;
  const evidence = {
    field: `root of size ${present.size}`,
    expected: hexEncode(present.root),
    actual: `size ${next.size}, root ${hexEncode(next.root)}`,
  };
  if (present.origin !== next.origin) throw new TypeError('a mark is for one origin');
  if (next.size < present.size) {
    throw new ChainError(
      'ERR_CHAIN_ROLLED_BACK',
      `${next.origin} has been signed at size ${present.size}: size ${next.size} is not signed`,
      {
        ...evidence,
        field: 'size',
      },
    );
  }
  if (next.size === present.size && equalBytes(present.root, next.root)) return false;
  try {
    verifyConsistency(present.size, present.root, next.size, next.root, proof, engine);
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    const message = `${next.origin}: the tree of size ${next.size} does not continue the one signed at size ${present.size}: it is not signed`;
    throw new ChainError('ERR_CHAIN_FORKED', message, { ...evidence, cause });
  }
  return true;
}

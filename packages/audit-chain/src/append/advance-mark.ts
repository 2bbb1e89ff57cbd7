import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { judgeMark } from '@countersign/proof-core/note/mark';
import type { Mark } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';

/**
 * Judges a step of a high-water mark: the rule of `judgeMark`, which every implementation of `HighWaterMark` applies.
 *
 * @param present the mark as it stands; undefined before the first
 * @param proof the consistency proof (RFC 6962 §2.1.2) from `present` to `next`
 * @returns whether the mark moves; false when the same size and root is signed again
 * @throws ChainError ERR_CHAIN_ROLLED_BACK for a smaller size, ERR_CHAIN_FORKED for a root that does not continue the present one
 * @example if (advanceMark(present, next, proof)) await write(next);
 */
export function advanceMark(present: Mark | undefined, next: Mark, proof: readonly Uint8Array[], engine: Engine = defaultEngine): boolean {
  const step = judgeMark(present, next, proof, engine);
  if (step.kind === 'moves') return true;
  if (step.kind === 'stays') return false;
  const { size, root } = present!;
  const evidence = {
    field: `root of size ${size}`,
    expected: hexEncode(root),
    actual: `size ${next.size}, root ${hexEncode(next.root)}`,
  };
  if (step.kind === 'smaller') {
    const message = `${next.origin} has been signed at size ${size}: size ${next.size} is not signed`;
    throw new ChainError('ERR_CHAIN_ROLLED_BACK', message, { ...evidence, field: 'size' });
  }
  const message = `${next.origin}: the tree of size ${next.size} does not continue the one signed at size ${size}: it is not signed`;
  throw new ChainError('ERR_CHAIN_FORKED', message, { ...evidence, cause: step.cause });
}

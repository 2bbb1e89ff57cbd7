import { hexDecode } from '@countersign/proof-core/bytes/hex';
import { ProofError } from '@countersign/proof-core/errors';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import type { SegmentIndex } from './index-file.ts';

/** The compact range before a segment, as its index gives it; undefined when the number of its hashes does not fit. */
export function frontierOf(index: SegmentIndex): CompactRange | undefined {
  try {
    return CompactRange.from(index.first, index.frontier.map((hash) => hexDecode(hash, 32))); // prettier-ignore
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

/** A compact range as text, to compare it with an index's frontier. */
export function rangeText(range: CompactRange): string {
  return range.toHex().join();
}

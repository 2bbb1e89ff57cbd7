import { hexDecode } from '@countersign/proof-core/bytes/hex';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import type { Mark } from '@countersign/proof-core/ports';

/** A tree of so many leaves that a test can sign at any of its sizes; another `seed` is another history. */
export function testTree(origin: string, size: number, seed = 0) {
  const leaves = new Uint8Array(size * 32);
  for (let i = 0; i < size; i++) leaves.set(hexDecode(`${seed}${i}`.padStart(64, '0'), 32), i * 32);
  const view = new TreeView(CompactRange.empty(), leaves);
  return {
    mark: (at: number): Mark => ({ origin, size: at, root: view.root(at) }),
    /** Consistency proof between two sizes; empty where none is needed. */
    proof: (from: number, to: number): Uint8Array[] => (from > 0 && from < to ? view.consistencyProof(from, to) : []),
  };
}

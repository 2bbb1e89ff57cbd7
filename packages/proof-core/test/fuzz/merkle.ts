import { concatBytes, equalBytes } from '../../src/bytes/compare.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { ProofError } from '../../src/errors.ts';
import { CompactRange } from '../../src/merkle/compact-range.ts';
import { verifyConsistency } from '../../src/merkle/consistency.ts';
import { formatEntryBundle, parseEntryBundle } from '../../src/merkle/entry-bundle.ts';
import { verifyInclusion } from '../../src/merkle/inclusion.ts';
import { formatEntriesPath, formatTilePath, parseTilePath } from '../../src/merkle/tile.ts';
import { TreeView } from '../../src/merkle/tree.ts';
import { makeLeaves } from '../merkle/leaves.ts';
import { acceptsConsistency, acceptsInclusion } from '../merkle/oracle-verify.ts';

/** Runs a call that may refuse with a code and nothing else. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const leaves = makeLeaves(20);
const view = new TreeView(CompactRange.empty(), concatBytes(...leaves));

/** Two sizes as 8 bytes each, two hashes, then the hashes of a proof: one layout for both kinds of proof. */
function pack(first: number, second: number, ...hashes: readonly Uint8Array[]): Uint8Array {
  const head = new Uint8Array(16);
  const data = new DataView(head.buffer);
  data.setBigUint64(0, BigInt(first));
  data.setBigUint64(8, BigInt(second));
  return concatBytes(head, ...hashes);
}

function unpack(bytes: Uint8Array): { first: number; second: number; hashes: Uint8Array[] } {
  const padded = new Uint8Array(Math.max(80, bytes.length));
  padded.set(bytes);
  const data = new DataView(padded.buffer);
  const hashes: Uint8Array[] = [];
  for (let at = 16; at < padded.length; at += 32) hashes.push(padded.slice(at, at + 32));
  return { first: Number(data.getBigUint64(0)), second: Number(data.getBigUint64(8)), hashes };
}

export const targets = [
  {
    name: 'merkle/inclusion',
    seeds: [
      ...[0, 7, 15, 16, 19].map((index) => pack(index, 20, leaves[index]!, view.root(), ...view.inclusionProof(index))),
      pack(0, 1, leaves[0]!, leaves[0]!),
      pack(2 ** 32, 2 ** 33 + 5, leaves[0]!, leaves[1]!, ...leaves.slice(0, 33)),
    ],
    run(bytes: Uint8Array): void {
      const { first, second, hashes } = unpack(bytes);
      const [leaf, root, ...proof] = hashes as [Uint8Array, Uint8Array, ...Uint8Array[]];
      const accepted = attempt(() => (verifyInclusion(first, second, leaf, proof, root), true)) ?? false;
      check(accepted === acceptsInclusion(first, second, leaf, proof, root), 'the oracle disagrees');
    },
  },
  {
    name: 'merkle/consistency',
    seeds: [
      ...[1, 7, 8, 16, 19].map((from) => pack(from, 20, view.root(20), view.root(20), ...view.consistencyProof(from))),
      ...[1, 7, 8, 16, 19].map((from) =>
        pack(
          from,
          20,
          new TreeView(CompactRange.empty(), concatBytes(...leaves.slice(0, from))).root(),
          view.root(),
          ...view.consistencyProof(from),
        ),
      ),
      pack(5, 5, leaves[0]!, leaves[0]!),
      pack(2 ** 32 + 1, 2 ** 40, leaves[0]!, leaves[1]!, ...leaves),
    ],
    run(bytes: Uint8Array): void {
      const { first, second, hashes } = unpack(bytes);
      const [root1, root2, ...proof] = hashes as [Uint8Array, Uint8Array, ...Uint8Array[]];
      const accepted = attempt(() => (verifyConsistency(first, root1, second, root2, proof), true)) ?? false;
      check(accepted === acceptsConsistency(first, root1, second, root2, proof), 'the oracle disagrees');
    },
  },
  {
    name: 'merkle/compact-range',
    seeds: [view.range().toBytes(), CompactRange.empty(9).toBytes(), CompactRange.empty().toBytes()],
    run(bytes: Uint8Array): void {
      const range = attempt(() => CompactRange.fromBytes(bytes));
      if (range === undefined) return;
      check(equalBytes(range.toBytes(), bytes), 'it writes back otherwise');
      attempt(() => range.append(leaves[0]!));
    },
  },
  {
    name: 'merkle/tile-path',
    seeds: ['tile/0/000', 'tile/63/x001/x234/067', 'tile/entries/273.p/112', 'tile/1/x009/x007/x199/x254/x740/991.p/255'].map((path) =>
      utf8Encode(path),
    ),
    run(bytes: Uint8Array): void {
      const path = new TextDecoder('latin1').decode(bytes);
      const tile = attempt(() => parseTilePath(path));
      if (tile === undefined) return;
      const { level, index, width } = tile;
      check(
        path === (level === 'entries' ? formatEntriesPath(index, width) : formatTilePath({ level, index, width })),
        'it writes back otherwise',
      );
    },
  },
  {
    name: 'merkle/entry-bundle',
    seeds: [
      concatBytes(Uint8Array.of(2), formatEntryBundle([Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(300)])),
      concatBytes(Uint8Array.of(0), formatEntryBundle([new Uint8Array(700)])),
      concatBytes(Uint8Array.of(255), new Uint8Array(512)),
    ],
    run(bytes: Uint8Array): void {
      const width = (bytes[0] ?? 0) + 1;
      const bundle = bytes.slice(1);
      const entries = attempt(() => parseEntryBundle(bundle, width));
      if (entries !== undefined) check(equalBytes(formatEntryBundle(entries), bundle), 'it writes back otherwise');
    },
  },
] as const;

import { leafHash, MTH, PATH, PROOF } from '../../packages/proof-core/test/merkle/oracle.ts';
import { base64 } from './naive.ts';
import { bad, good, type Json, type Vector, type VectorFile } from './vector.ts';

/** The leaves of the Certificate Transparency test tree. */
const DATA = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const LEAVES = Array.from({ length: 33 }, (_, i) => leafHash(Buffer.from(DATA[i] ?? `leaf ${i}`, i < DATA.length ? 'hex' : 'utf8')));
const root = (size: number): Uint8Array => MTH(LEAVES.slice(0, size));
const list = (hashes: readonly Uint8Array[]): string[] => hashes.map((hash) => base64(hash));
const flipped = (hash: Uint8Array): Uint8Array => hash.map((byte, i) => (i === 31 ? byte ^ 1 : byte));

/** Roots over leaf data. */
export const merkleRoot: VectorFile = {
  name: 'merkle-root',
  about: 'Hash `leaves` (hex of each leaf’s data) to a tree. The result has the leaf hashes and the root, base64.',
  specification: 'RFC 6962 §2.1, RFC 9162 §2.1.1',
  vectors: Array.from({ length: DATA.length + 1 }, (_, size) =>
    good(
      `${size} leaves`,
      size === 0 ? 'SHA-256 of nothing' : 'the test tree of Certificate Transparency',
      { leaves: DATA.slice(0, size) },
      {
        leaf_hashes: list(LEAVES.slice(0, size)),
        root: base64(root(size)),
      },
    ),
  ),
};

interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}
const inclusionOf = (index: number, size: number): Inclusion => ({
  index,
  size,
  leaf: LEAVES[index]!,
  proof: PATH(index, LEAVES.slice(0, size)),
  root: root(size),
});
const inclusionInput = ({ index, size, leaf, proof, root: top }: Inclusion): Vector['input'] => ({
  index,
  size,
  leaf: base64(leaf),
  proof: list(proof),
  root: base64(top),
});

function brokenInclusion(
  name: string,
  comment: string,
  index: number,
  size: number,
  change: (proof: Inclusion) => Partial<Inclusion>,
  error: string,
): Vector {
  const sound = inclusionOf(index, size);
  return bad(name, comment, inclusionInput({ ...sound, ...change(sound) }), error);
}

/** Inclusion proofs. */
export const merkleInclusion: VectorFile = {
  name: 'merkle-inclusion',
  about:
    'Verify that the leaf hash `leaf` is at `index` of the tree of `size` leaves with `root`, by `proof`. Hashes are base64; the result is true.',
  specification: 'RFC 9162 §2.1.3.2 (RFC 6962 §2.1.1)',
  vectors: [
    ...[
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 3],
      [0, 7],
      [3, 7],
      [6, 7],
      [5, 8],
      [31, 32],
      [32, 33],
      [16, 33],
    ].map(([index = 0, size = 0]) =>
      good(`${index} of ${size}`, 'as PATH of RFC 6962 makes it', inclusionInput(inclusionOf(index, size)), true),
    ),
    brokenInclusion('another leaf', 'the hash of its neighbour', 3, 7, () => ({ leaf: LEAVES[2]! }), 'ERR_INCLUSION'),
    brokenInclusion('another root', 'one bit', 3, 7, ({ root: top }) => ({ root: flipped(top) }), 'ERR_INCLUSION'),
    brokenInclusion(
      'another hash',
      'one bit of the first',
      3,
      7,
      ({ proof }) => ({ proof: [flipped(proof[0]!), ...proof.slice(1)] }),
      'ERR_INCLUSION',
    ),
    brokenInclusion(
      'hashes swapped',
      'order matters',
      3,
      7,
      ({ proof }) => ({ proof: [proof[1]!, proof[0]!, ...proof.slice(2)] }),
      'ERR_INCLUSION',
    ),
    brokenInclusion('another index', 'the same length of path', 3, 7, () => ({ index: 2 }), 'ERR_INCLUSION'),
    brokenInclusion(
      'one hash missing',
      'the path ends below the root',
      3,
      7,
      ({ proof }) => ({ proof: proof.slice(0, -1) }),
      'ERR_PROOF_LENGTH',
    ),
    brokenInclusion('one hash more', 'the root again', 3, 7, (sound) => ({ proof: [...sound.proof, sound.root] }), 'ERR_PROOF_LENGTH'),
    brokenInclusion('a proof where none is needed', 'the only leaf is the root', 0, 1, () => ({ proof: [LEAVES[1]!] }), 'ERR_PROOF_LENGTH'),
    brokenInclusion(
      'root as leaf',
      'an empty proof for a larger tree',
      0,
      2,
      (sound) => ({ leaf: sound.root, proof: [] }),
      'ERR_PROOF_LENGTH',
    ),
    brokenInclusion('index at the size', 'the first that is outside', 6, 7, () => ({ index: 7 }), 'ERR_INDEX'),
    brokenInclusion('empty tree', 'holds no leaf', 0, 1, () => ({ size: 0 }), 'ERR_INDEX'),
    brokenInclusion('huge size', 'more levels than the proof has hashes', 0, 8, () => ({ size: 2 ** 53 - 1 }), 'ERR_PROOF_LENGTH'),
    brokenInclusion(
      'hash of 31 bytes',
      'every hash has 32',
      3,
      7,
      ({ proof }) => ({ proof: [proof[0]!.slice(1), ...proof.slice(1)] }),
      'ERR_HASH_LENGTH',
    ),
  ],
};

const consistencyInput = (size1: number, size2: number, change: { [name: string]: Json } = {}): Vector['input'] => ({
  size1,
  root1: base64(root(size1)),
  size2,
  root2: base64(root(size2)),
  proof: size1 === size2 || size1 === 0 ? [] : list(PROOF(size1, LEAVES.slice(0, size2))),
  ...change,
});
const proof68 = PROOF(6, LEAVES.slice(0, 8));

/** Consistency proofs. */
export const merkleConsistency: VectorFile = {
  name: 'merkle-consistency',
  about:
    'Verify that the tree of `size1` leaves with `root1` is the beginning of that of `size2` with `root2`, by `proof`. Hashes are base64; the result is true.',
  specification: 'RFC 9162 §2.1.4.2 (RFC 6962 §2.1.2)',
  vectors: [
    ...[
      [1, 1],
      [1, 2],
      [1, 8],
      [2, 5],
      [3, 7],
      [4, 7],
      [4, 8],
      [6, 8],
      [7, 8],
      [8, 33],
      [31, 32],
      [32, 33],
    ].map(([size1 = 0, size2 = 0]) =>
      good(
        `${size1} to ${size2}`,
        size1 === size2 ? 'the same tree, an empty proof' : 'as PROOF of RFC 6962 makes it',
        consistencyInput(size1, size2),
        true,
      ),
    ),
    bad('another old root', 'one bit', consistencyInput(6, 8, { root1: base64(flipped(root(6))) }), 'ERR_CONSISTENCY'),
    bad('another new root', 'one bit', consistencyInput(6, 8, { root2: base64(flipped(root(8))) }), 'ERR_CONSISTENCY'),
    bad(
      'roots swapped',
      'the proof has a direction',
      consistencyInput(6, 8, { root1: base64(root(8)), root2: base64(root(6)) }),
      'ERR_CONSISTENCY',
    ),
    bad('same size, different roots', 'two histories', consistencyInput(4, 4, { root2: base64(flipped(root(4))) }), 'ERR_CONSISTENCY'),
    bad('same size with a proof', 'nothing to prove', consistencyInput(4, 4, { proof: list(proof68) }), 'ERR_PROOF_LENGTH'),
    bad(
      'another hash',
      'one bit of the last',
      consistencyInput(6, 8, { proof: list([...proof68.slice(0, -1), flipped(proof68.at(-1)!)]) }),
      'ERR_CONSISTENCY',
    ),
    bad('one hash missing', 'the path ends early', consistencyInput(6, 8, { proof: list(proof68.slice(0, -1)) }), 'ERR_PROOF_LENGTH'),
    bad('one hash more', 'the path goes on', consistencyInput(6, 8, { proof: list([...proof68, root(8)]) }), 'ERR_PROOF_LENGTH'),
    bad('empty proof', 'between different sizes', consistencyInput(6, 8, { proof: [] }), 'ERR_PROOF_LENGTH'),
    bad('smaller than before', 'a log never shrinks', consistencyInput(8, 8, { size2: 6, root2: base64(root(6)) }), 'ERR_TREE_SIZE'),
    bad('from the empty tree', 'every tree is consistent with it; there is nothing to verify', consistencyInput(0, 8), 'ERR_TREE_SIZE'),
  ],
};

type Proof = readonly Uint8Array[];

const flip = (hash: Uint8Array, at: number): Uint8Array => {
  const copy = hash.slice();
  copy[at]! ^= 1;
  return copy;
};
const zero = new Uint8Array(32);

/** Every way to damage a proof by one step; each gives all its results. */
export const mutations: readonly (readonly [string, (proof: Proof) => Proof[]])[] = [
  ['a hash with one bit flipped', (p) => p.flatMap((hash, i) => [0, 15, 31].map((at) => p.with(i, flip(hash, at))))],
  ['a hash left out', (p) => p.map((_, i) => p.toSpliced(i, 1))],
  ['a hash twice', (p) => p.map((hash, i) => p.toSpliced(i, 0, hash))],
  ['two hashes swapped', (p) => p.slice(1).map((hash, i) => p.with(i, hash).with(i + 1, p[i]!))],
  ['a hash too many', (p) => Array.from({ length: p.length + 1 }, (_, i) => p.toSpliced(i, 0, zero))],
  ['a hash of 31 bytes', (p) => p.map((hash, i) => p.with(i, hash.subarray(1)))],
  ['a hash of 33 bytes', (p) => p.map((hash, i) => p.with(i, new Uint8Array([...hash, 0])))],
  ['all hashes reversed', (p) => (p.length > 1 ? [p.toReversed()] : [])],
  ['no hash', (p) => (p.length > 0 ? [[]] : [])],
];

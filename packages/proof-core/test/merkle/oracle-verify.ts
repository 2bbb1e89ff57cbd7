import { MTH } from './oracle.ts';

// RFC 9162 §2.1.3.2 and §2.1.4.2 step by step, on big integers; sizes that are no safe integers are refused, as the library says.

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** §2.1.3.2: does `proof` lead from `leaf` to `root`? */
export function acceptsInclusion(index: number, size: number, leaf: Uint8Array, proof: readonly Uint8Array[], root: Uint8Array): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  let fn = BigInt(index);
  let sn = BigInt(size) - 1n;
  let r = leaf;
  for (const p of proof) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      r = MTH([p, r]);
      if ((fn & 1n) === 0n) {
        while ((fn & 1n) === 0n && fn !== 0n) {
          fn >>= 1n;
          sn >>= 1n;
        }
      }
    } else {
      r = MTH([r, p]);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && isEqual(r, root);
}

/** §2.1.4.2: does `proof` connect the two roots? */
export function acceptsConsistency(
  first: number,
  firstHash: Uint8Array,
  second: number,
  secondHash: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(first) || !isSize(second) || first === 0 || first > second) return false;
  if (first === second) return proof.length === 0 && isEqual(firstHash, secondHash);
  if (proof.length === 0) return false;
  const n = BigInt(first);
  const path = (n & (n - 1n)) === 0n ? [firstHash, ...proof] : [...proof];
  let fn = n - 1n;
  let sn = BigInt(second) - 1n;
  while ((fn & 1n) === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let fr = path[0]!;
  let sr = path[0]!;
  for (const c of path.slice(1)) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      fr = MTH([c, fr]);
      sr = MTH([c, sr]);
      if ((fn & 1n) === 0n) {
        while ((fn & 1n) === 0n && fn !== 0n) {
          fn >>= 1n;
          sn >>= 1n;
        }
      }
    } else {
      sr = MTH([sr, c]);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return isEqual(fr, firstHash) && isEqual(sr, secondHash) && sn === 0n;
}

import { hexDecode } from '../../src/bytes/hex.ts';
import type { NodeAt } from '../../src/merkle/subtree.ts';
import { leafHash, MTH } from './oracle.ts';

/** The eight records that published RFC 6962 test trees have. */
export const KNOWN_RECORDS: readonly Uint8Array[] = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => hexDecode(hex));

/** Distinct leaf hashes, always the same. */
export function makeLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => leafHash(new TextEncoder().encode(`leaf ${i}`)));
}

/** Gives every full subtree of these leaves, computed by the oracle, each once. */
export function oracleNodes(leaves: readonly Uint8Array[]): NodeAt {
  const nodes = new Map<string, Uint8Array>();
  return (level, index) => {
    const key = `${level}/${index}`;
    const known = nodes.get(key);
    if (known !== undefined) return known;
    const begin = index * 2 ** level;
    const end = begin + 2 ** level;
    if (end > leaves.length) throw new RangeError(`node ${key} is not whole`);
    const node = MTH(leaves.slice(begin, end));
    nodes.set(key, node);
    return node;
  };
}

/** Tells whether two lists of hashes are the same; cheaper than an assertion on each in a loop of thousands. */
export function isSame(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((hash, i) => Buffer.compare(hash, b[i]!) === 0);
}

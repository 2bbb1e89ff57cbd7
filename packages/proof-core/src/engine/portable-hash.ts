import { sha256 } from '@noble/hashes/sha2.js';
import { hexEncode } from '../bytes/hex.ts';
import type { Hasher } from './engine.ts';

const LEAF = /* @__PURE__ */ Uint8Array.of(0);
const NODE = /* @__PURE__ */ Uint8Array.of(1);

export function sha256Hex(bytes: Uint8Array): string {
  return hexEncode(sha256(bytes));
}

export function hasher(): Hasher {
  const running = sha256.create();
  return { update: (bytes) => void running.update(bytes), hex: () => hexEncode(running.digest()) };
}

function leaf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return sha256.create().update(LEAF).update(bytes.subarray(start, end)).digest();
}

export function leafHex(bytes: Uint8Array, start: number, end: number): string {
  return hexEncode(leaf(bytes, start, end));
}

export function leafInto(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): void {
  out.set(leaf(bytes, start, end), at);
}

export function nodeInto(pair: Uint8Array, pairAt: number, out: Uint8Array, outAt: number): void {
  out.set(
    sha256
      .create()
      .update(NODE)
      .update(pair.subarray(pairAt, pairAt + 64))
      .digest(),
    outAt,
  );
}

export function nodesInto(pairs: Uint8Array, pairsAt: number, count: number, out: Uint8Array, outAt: number): void {
  for (let i = 0; i < count; i++) nodeInto(pairs, pairsAt + 64 * i, out, outAt + 32 * i);
}

export { sha256 };

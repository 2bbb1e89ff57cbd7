import { createHash, hash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { Hasher } from '../engine/engine.ts';
import { type HashPairs, openLanes } from './lanes.ts';

// 0x01 and a pair of hashes.
const node = Buffer.alloc(65, 1);
// crypto.hash with text output is 2–4 times createHash at record size: it allocates no Buffer and no Hash object. This encoding has two
// bytes a character, little-endian on every machine: half as many to read as 'binary'. Node takes it, its types do not know it.
const UNITS = 'ucs2' as 'binary';

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', bytes, 'buffer'));
}

export function sha256Hex(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

export function hasher(): Hasher {
  const running = createHash('sha256');
  return { update: (bytes) => void running.update(bytes), hex: () => running.digest('hex') };
}

/** The bytes that were hashed last and the memory that they are in: a Buffer tells it slowly, and the records of one lie in the same. */
let last: { readonly bytes: Uint8Array; readonly memory: ArrayBufferLike; readonly offset: number } | undefined;

function leaf(bytes: Uint8Array, start: number, end: number, encoding: 'hex' | 'binary'): string {
  if (last?.bytes !== bytes) last = { bytes, memory: bytes.buffer, offset: bytes.byteOffset };
  const before = bytes[start - 1]!;
  bytes[start - 1] = 0;
  // A plain view: `subarray` of a Buffer takes three times as long.
  const digest = hash('sha256', new Uint8Array(last.memory, last.offset + start - 1, end - start + 1), encoding);
  bytes[start - 1] = before;
  return digest;
}

export function leafHex(bytes: Uint8Array, start: number, end: number): string {
  return leaf(bytes, start, end, 'hex');
}

export function leafInto(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): void {
  writeUnits(leaf(bytes, start, end, UNITS), out, at);
}

export function nodeInto(pair: Uint8Array, pairAt: number, out: Uint8Array, outAt: number): void {
  for (let i = 0; i < 64; i++) node[1 + i] = pair[pairAt + i]!;
  writeUnits(hash('sha256', node, UNITS), out, outAt);
}

/** Undefined until it is needed, `none` where it cannot be had. */
let lanes: HashPairs | 'none' | undefined;

export function nodesInto(pairs: Uint8Array, pairsAt: number, count: number, out: Uint8Array, outAt: number): void {
  if (count > 1) lanes ??= openLanes() ?? 'none';
  if (count > 1 && typeof lanes === 'function') lanes(pairs, pairsAt, count, out, outAt);
  else for (let i = 0; i < count; i++) nodeInto(pairs, pairsAt + 64 * i, out, outAt + 32 * i);
}

function writeUnits(digest: string, out: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const unit = digest.charCodeAt(i);
    out[at + 2 * i] = unit & 255;
    out[at + 2 * i + 1] = unit >> 8;
  }
}

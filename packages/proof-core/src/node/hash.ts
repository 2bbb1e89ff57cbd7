import { createHash, hash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { Hasher } from '../engine/engine.ts';

// 0x01 and a pair of hashes, so placed that the pair starts at a multiple of four and can be copied by words.
const memory = new Uint8Array(68);
const words = new Uint32Array(memory.buffer);
const node = Buffer.from(memory.buffer, 3);
node[0] = 1;
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

function leaf(bytes: Uint8Array, start: number, end: number, encoding: 'hex' | 'binary'): string {
  const before = bytes[start - 1]!;
  bytes[start - 1] = 0;
  const digest = hash('sha256', bytes.subarray(start - 1, end), encoding);
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
  for (let i = 0; i < 64; i++) memory[4 + i] = pair[pairAt + i]!;
  writeUnits(hash('sha256', node, UNITS), out, outAt);
}

export function nodesInto(pairs: Uint8Array, pairsAt: number, count: number, out: Uint8Array, outAt: number): void {
  if ((pairs.byteOffset + pairsAt) % 4 !== 0) {
    for (let i = 0; i < count; i++) nodeInto(pairs, pairsAt + 64 * i, out, outAt + 32 * i);
    return;
  }
  const source = new Uint32Array(pairs.buffer, pairs.byteOffset + pairsAt, 16 * count);
  for (let i = 0; i < count; i++) {
    for (let word = 0; word < 16; word++) words[1 + word] = source[16 * i + word]!;
    writeUnits(hash('sha256', node, UNITS), out, outAt + 32 * i);
  }
}

function writeUnits(digest: string, out: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const unit = digest.charCodeAt(i);
    out[at + 2 * i] = unit & 255;
    out[at + 2 * i + 1] = unit >> 8;
  }
}

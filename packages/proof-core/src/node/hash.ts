import { createHash, hash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { Hasher } from '../engine/engine.ts';

// crypto.hash with text output is 2–4 times createHash at record size: it allocates no Buffer and no Hash object.
const pair = Buffer.alloc(65);
pair[0] = 1;

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
  writeLatin1(leaf(bytes, start, end, 'binary'), out, at);
}

export function nodeInto(from: Uint8Array, fromAt: number, out: Uint8Array, outAt: number): void {
  for (let i = 0; i < 64; i++) pair[1 + i] = from[fromAt + i]!;
  writeLatin1(hash('sha256', pair, 'binary'), out, outAt);
}

function writeLatin1(digest: string, out: Uint8Array, at: number): void {
  for (let i = 0; i < 32; i++) out[at + i] = digest.charCodeAt(i);
}

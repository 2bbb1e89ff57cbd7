import { createHash, createPublicKey, verify } from 'node:crypto';
import { rootOf } from '../archive/read.ts';

/** Files of a tile tree by path. */
export type TileFiles = ReadonlyMap<string, Uint8Array>;

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const node = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right);

/** The hash of 2^k hashes of a tile (RFC 6962 §2.1). */
function fold(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1) row = Array.from({ length: row.length / 2 }, (_, i) => node(row[2 * i]!, row[2 * i + 1]!));
  return row[0]!;
}

/** C2SP tlog-tiles: index in groups of three digits, all but the last behind an x. */
function pathOf(level: number | 'entries', index: number, width: number): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/.../g)!;
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${name}${width === 256 ? '' : `.p/${width}`}`;
}

function fetch(files: TileFiles, path: string, length?: number): Buffer {
  const file = files.get(path);
  if (file === undefined) throw new Error(`${path}: not there`);
  if (length !== undefined && file.length !== length) throw new Error(`${path}: ${file.length} bytes, not ${length}`);
  return Buffer.from(file);
}

/** A signed checkpoint (C2SP signed-note, tlog-checkpoint) under one Ed25519 key. */
export function readCheckpoint(files: TileFiles, key: Uint8Array): { origin: string; size: number; root: Buffer } {
  const note = fetch(files, 'checkpoint').toString();
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  const [origin = '', size = '', root = '', rest] = text.split('\n');
  const blob = Buffer.from(
    note
      .slice(split + 2)
      .trimEnd()
      .split(' ')[2]!,
    'base64',
  );
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') };
  if (rest !== '' || !verify(null, Buffer.from(text), createPublicKey({ key: jwk, format: 'jwk' }), blob.subarray(4)))
    throw new Error('checkpoint: not signed by that key');
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
}

/**
 * Reads a whole log of one size by its tiles and bundles and checks everything against everything: what a mirror does.
 *
 * @returns the entries
 */
export function readLog(files: TileFiles, size: number, root: Uint8Array): Buffer[] {
  let below: Uint8Array[] = [];
  const entries: Buffer[] = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / 256)) {
    const hashes: Uint8Array[] = [];
    for (let index = 0; index * 256 < count; index++) {
      const width = Math.min(256, count - index * 256);
      const tile = fetch(files, pathOf(level, index, width), width * 32);
      for (let i = 0; i < width; i++) hashes.push(tile.subarray(32 * i, 32 * i + 32));
      if (level === 0) entries.push(...readBundle(fetch(files, pathOf('entries', index, width)), width));
    }
    const expected = level === 0 ? entries.map((entry) => sha256(Buffer.of(0), entry)) : Array.from({ length: count }, (_, i) => fold(below.slice(256 * i, 256 * i + 256))); // prettier-ignore
    if (!Buffer.concat(hashes).equals(Buffer.concat(expected))) throw new Error(`level ${level}: other hashes`);
    below = hashes;
  }
  if (!rootOf(entries).equals(root)) throw new Error('another root');
  return entries;
}

function readBundle(bytes: Buffer, width: number): Buffer[] {
  const entries: Buffer[] = [];
  let at = 0;
  for (let i = 0; i < width; i++) {
    const end = at + 2 + bytes.readUInt16BE(at);
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (at !== bytes.length) throw new Error('bytes behind the last entry');
  return entries;
}

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import type { SegmentManifest } from '../../src/archive/manifest.ts';

/** Files of a folder by their path in it. */
export function filesIn(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path))]));
}

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** CRC-32 (ISO 3309) as RFC 1952 §8 computes it, bit by bit. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** One gzip member as RFC 1952 §2.3 lays it out, every field checked against docs/spec/archive.md. */
export function readMember(member: Buffer): Buffer {
  if (member.subarray(0, 10).toString('hex') !== '1f8b08000000000000ff') throw new Error('another header');
  const { buffer, engine } = inflateRawSync(member.subarray(10), { info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  const end = 10 + engine.bytesWritten;
  if (member.length !== end + 8) throw new Error('something behind the member');
  if (member.readUInt32LE(end) !== crc32(buffer) || member.readUInt32LE(end + 4) !== buffer.length) throw new Error('another trailer');
  return buffer;
}

/** The payload of a manifest file, without checking its signatures. */
export function payloadOf(manifest: Uint8Array): {
  bytes: Buffer;
  value: SegmentManifest;
  signatures: { protected: string; signature: string }[];
} {
  const { payload, signatures } = JSON.parse(Buffer.from(manifest).toString()) as { payload: string; signatures: [] };
  const bytes = Buffer.from(payload, 'base64url');
  return { bytes, value: JSON.parse(bytes.toString()) as SegmentManifest, signatures };
}

/** The root of RFC 6962 §2.1 over record lines. */
export function rootOf(records: readonly Uint8Array[]): Buffer {
  const hash = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (records.length === 1) return hash(Buffer.of(0), records[0]!);
  let k = 1;
  while (k * 2 < records.length) k *= 2;
  return hash(Buffer.of(1), rootOf(records.slice(0, k)), rootOf(records.slice(k)));
}

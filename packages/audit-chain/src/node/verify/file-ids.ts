import { Buffer } from 'node:buffer';
import { randomInt } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IdStore } from '../../verify/ports.ts';

/** Ids are spread over this many files by their bytes, so that each of them fits into memory alone. */
const PARTS = 256;
/** An id and its record's number. */
const ENTRY_BYTES = 24;
const BUFFER_ENTRIES = 256;
/** The most repetitions that are listed. */
const MOST = 10_000;

interface Part {
  readonly path: string;
  readonly buffer: Buffer;
  length: number;
  file: number | undefined;
}

/**
 * Finds repeated ids with files: an external sort whose memory is one part in 256 of all ids. The files lie in a temporary folder of their
 * own, hold nothing but ids and numbers, and are gone after `close`.
 *
 * @example await inspectArchive(source, { level: 'deep', ids: fileIds, … });
 */
export function fileIds(): IdStore {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-ids-'));
  // A seed of its own for each run: nobody can choose ids that all fall into one part.
  const seed = randomInt(2 ** 32);
  const parts = Array.from({ length: PARTS }, (_, i): Part => {
    return { path: join(folder, String(i)), buffer: Buffer.allocUnsafe(BUFFER_ENTRIES * ENTRY_BYTES), length: 0, file: undefined };
  });
  return {
    add(id, seq) {
      const part = parts[partOf(id, seed)]!;
      if (part.length === part.buffer.length) flush(part);
      part.buffer.set(id, part.length);
      part.buffer.writeBigUInt64BE(BigInt(seq), part.length + 16);
      part.length += ENTRY_BYTES;
    },
    repeated() {
      const found: { seq: number; first: number }[] = [];
      for (const part of parts) {
        flush(part);
        if (part.file !== undefined && found.length < MOST) findRepeated(readFileSync(part.path), found);
      }
      return Promise.resolve(found.sort((a, b) => a.seq - b.seq));
    },
    close() {
      for (const { file } of parts) if (file !== undefined) closeSync(file);
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

/** FNV-1a over the id, from a seed. */
function partOf(id: Uint8Array, seed: number): number {
  let hash = seed;
  for (const byte of id) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 13) % PARTS;
}

function flush(part: Part): void {
  if (part.length === 0) return;
  part.file ??= openSync(part.path, 'wx', 0o600);
  writeSync(part.file, part.buffer, 0, part.length);
  part.length = 0;
}

function findRepeated(bytes: Buffer, found: { seq: number; first: number }[]): void {
  const firsts = new Map<string, number>();
  for (let at = 0; at < bytes.length && found.length < MOST; at += ENTRY_BYTES) {
    const id = bytes.toString('latin1', at, at + 16);
    const seq = Number(bytes.readBigUInt64BE(at + 16));
    const first = firsts.get(id);
    if (first === undefined) firsts.set(id, seq);
    else if (first !== seq) found.push({ seq, first });
  }
}

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ChainError } from '../../errors.ts';

/** The longest line that is read, in bytes: an event of 65,000 canonical bytes fits, spelled as widely as anybody does. */
export const MAX_LINE_BYTES: number = 2 ** 20;

/** One line without its LF (or CR LF); `undefined` bytes when it was longer than `MAX_LINE_BYTES`. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
}

async function isGzip(file: FileHandle): Promise<boolean> {
  const head = Buffer.alloc(2);
  const { bytesRead } = await file.read(head, 0, 2, 0);
  return bytesRead === 2 && head[0] === 0x1f && head[1] === 0x8b;
}

/** The bytes of a file, inflated when it starts as gzip does (RFC 1952 §2.3.1). */
async function plainBytes(path: string): Promise<Readable> {
  const file = await open(path, 'r');
  try {
    const gzip = await isGzip(file);
    const stored = file.createReadStream({ start: 0, highWaterMark: 2 ** 20 });
    // A pipeline ends both when one of them fails, and when the reader stops.
    return gzip ? pipeline(stored, createGunzip({ chunkSize: 2 ** 20 }), () => {}) : stored;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Reads the lines of a JSONL file, plain or gzip; empty lines are left out but counted. Memory does not grow with the file.
 *
 * @param onChunk sees every uncompressed byte
 * @throws ChainError ERR_IMPORT_SOURCE when the file cannot be read to its end: missing, truncated gzip
 * @example for await (const { number, bytes } of readLines('events.jsonl.gz')) …
 */
export async function* readLines(path: string, onChunk: (chunk: Uint8Array) => void = () => {}): AsyncGenerator<Line> {
  let number = 0;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const take = (last: Uint8Array): Line | undefined => {
    number++;
    const whole = pendingBytes + last.length;
    const line = whole > MAX_LINE_BYTES ? undefined : trim(pendingBytes === 0 ? last : Buffer.concat([...pending, last]));
    pending = [];
    pendingBytes = 0;
    return line?.length === 0 ? undefined : { number, bytes: line };
  };
  try {
    for await (const chunk of (await plainBytes(path)) as AsyncIterable<Buffer>) {
      onChunk(chunk);
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const line = take(chunk.subarray(start, end));
        if (line !== undefined) yield line;
        start = end + 1;
      }
      pendingBytes += chunk.length - start;
      // Of a line that is too long nothing is kept.
      if (pendingBytes <= MAX_LINE_BYTES) pending.push(chunk.subarray(start));
      else pending = [];
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (pendingBytes > 0) {
    const line = take(new Uint8Array(0));
    if (line !== undefined) yield line;
  }
}

/**
 * SHA-256 of a file, uncompressed.
 *
 * @throws ChainError ERR_IMPORT_SOURCE
 */
export async function digestFile(path: string): Promise<Uint8Array> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of (await plainBytes(path)) as AsyncIterable<Buffer>) hash.update(chunk);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return new Uint8Array(hash.digest());
}

function unreadable(path: string, cause: unknown): ChainError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  return new ChainError('ERR_IMPORT_SOURCE', `${path}: cannot be read to its end (${code})`, { field: 'file', actual: code, cause });
}

function trim(line: Uint8Array): Uint8Array {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}

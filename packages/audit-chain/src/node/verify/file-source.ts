import { Buffer } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import type { LineReader } from '../../verify/records/line-reader.ts';
import { type RecordSource, SourceError } from '../../verify/ports.ts';
import { sourceError } from './folder-source.ts';
import { gunzip } from './gunzip.ts';

const CHUNK_BYTES = 1 << 20;

/**
 * Record lines in a file, plain or gzip, told apart by their first bytes.
 *
 * @example await inspectRecords(fileSource('records.jsonl.gz'), { resolver, previous });
 */
export function fileSource(path: string): RecordSource {
  return {
    kind: 'jsonl',
    chunks: () => inflated(readFile(path), path),
    reader: () => plainReader(path),
    allocate: (length) => Buffer.allocUnsafeSlow(length),
  };
}

/** Reads a file that is no gzip stream; what cannot be opened, `chunks` says. */
async function plainReader(path: string): Promise<LineReader | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    return undefined;
  }
  const close = (): Promise<void> => file.close();
  const read = async (into: Uint8Array, position: number | null = null): Promise<number> => {
    try {
      return (await file.read(into, 0, into.length, position)).bytesRead;
    } catch (error) {
      throw sourceError(error, path);
    }
  };
  try {
    const magic = Buffer.alloc(2);
    // A pipe cannot be read from an offset, nor twice.
    if ((await file.stat()).isFile() && !((await read(magic, 0)) === 2 && isGzip(magic))) return { read, close };
  } catch {
    // Said by who reads the lines.
  }
  await close();
  return undefined;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Record lines from a stream such as standard input, plain or gzip.
 *
 * @example await inspectRecords(streamSource(process.stdin), { resolver, previous });
 */
export function streamSource(stream: AsyncIterable<Uint8Array>): RecordSource {
  return {
    kind: 'stdin',
    chunks: () => inflated(stream, 'standard input'),
    allocate: (length) => Buffer.allocUnsafeSlow(length),
  };
}

/** Reads a file in two buffers: while one is judged the other is filled. */
async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const buffers = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)];
      let next = file.read(buffers[0]!, 0, CHUNK_BYTES);
      for (let turn = 0; ; turn = 1 - turn) {
        const { bytesRead } = await next;
        if (bytesRead === 0) return;
        next = file.read(buffers[1 - turn]!, 0, CHUNK_BYTES);
        next.catch(() => undefined);
        yield buffers[turn]!.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof SourceError ? error : sourceError(error, path);
  }
}

/** Inflates a stream that starts with a gzip header; any other passes as it is. */
async function* inflated(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    const first = await source.next();
    if (first.done === true) return;
    let start: Uint8Array = first.value;
    // A pipe may give its first bytes one by one.
    while (start.length < 2) {
      const next = await source.next();
      if (next.done === true) break;
      start = Buffer.concat([start, next.value]);
    }
    const rest = { [Symbol.asyncIterator]: () => source };
    const whole = prepend(start, rest);
    yield* isGzip(start) ? gunzip(whole, name) : whole;
  } finally {
    // Who stops at the first chunk has not begun with the rest, which then would never be closed.
    await source.return?.();
  }
}

async function* prepend(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

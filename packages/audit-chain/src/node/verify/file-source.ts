import { Buffer } from 'node:buffer';
import { open } from 'node:fs/promises';
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
    allocate: (length) => Buffer.allocUnsafeSlow(length),
  };
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
    const rest = { [Symbol.asyncIterator]: () => source };
    const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
    const whole = prepend(first.value, rest);
    yield* isGzip ? gunzip(whole, name) : whole;
  } finally {
    // Who stops at the first chunk has not begun with the rest, which then would never be closed.
    await source.return?.();
  }
}

async function* prepend(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

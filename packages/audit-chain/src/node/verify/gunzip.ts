import { Buffer } from 'node:buffer';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SourceError } from '../../verify/ports.ts';

// 16 KiB, zlib's default, takes twice as long.
const CHUNK_BYTES = 1 << 20;

/**
 * Inflates a gzip stream of one member or more.
 *
 * @param name what to call the stream in an error
 * @param chunkSize bytes that are inflated at a time
 * @throws SourceError `cut` when it ends too early, `damaged`; the bytes before come first
 * @example for await (const bytes of gunzip(chunks, 'records.jsonl.gz')) …
 */
export async function* gunzip(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  chunkSize: number = CHUNK_BYTES,
): AsyncGenerator<Uint8Array> {
  // Copies: zlib reads its input on another thread, while the reader may fill its buffer anew.
  const copies = (async function* () {
    for await (const chunk of chunks) yield Buffer.from(chunk);
  })();
  const stream = createGunzip({ chunkSize });
  // The error reaches the loop below, which reads from the stream.
  pipeline(Readable.from(copies, { objectMode: false }), stream, () => undefined);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    if (error instanceof SourceError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'Z_BUF_ERROR' ? 'cut' : 'damaged';
    throw new SourceError(reason, `${name}: the gzip stream is ${reason} (${code ?? 'unknown'})`, { cause: error });
  }
}

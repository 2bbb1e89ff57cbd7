import { Buffer } from 'node:buffer';
import { type InflateRaw, crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import type { Inflater } from '../../verify/ports.ts';

/** What `info: true` makes of the result; the types of Node do not know it. */
interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: InflateRaw;
}

/** Below this the way to the thread pool and back costs more than the work. */
const SMALL_BYTES = 65_536;

/**
 * Inflates with zlib, on the thread pool where it is worth it, so that it overlaps with hashing.
 *
 * @example await inspectArchive(source, { resolver, inflater: nodeInflater });
 */
export const nodeInflater: Inflater = {
  inflateRaw(bytes, length) {
    // One chunk of the whole length: zlib then neither grows nor joins buffers; one byte more would be an overflow, which it reports.
    const options = { info: true, maxOutputLength: length, chunkSize: Math.max(64, length + 1) };
    if (length < SMALL_BYTES) return Promise.resolve(inflateSmall(bytes, length, options));
    return new Promise((resolve) => {
      inflateRaw(bytes, options, (error, result) => {
        resolve(error === null ? linesOf(result as unknown as Inflated, bytes.length, length) : undefined);
      });
    });
  },
  crc32: (bytes) => crc32(bytes),
};

function inflateSmall(bytes: Uint8Array, length: number, options: object): Uint8Array | undefined {
  try {
    return linesOf(inflateRawSync(bytes, options) as unknown as Inflated, bytes.length, length);
  } catch {
    return undefined;
  }
}

/** The result behind a spare byte, if it is as long as it must be and used up all of the input. */
function linesOf({ buffer, engine }: Inflated, used: number, length: number): Uint8Array | undefined {
  if (buffer.length !== length || engine.bytesWritten !== used) return undefined;
  const lines = Buffer.allocUnsafeSlow(length + 1);
  lines[0] = 0;
  lines.set(buffer, 1);
  return lines;
}

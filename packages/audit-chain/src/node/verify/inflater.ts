import { Buffer } from 'node:buffer';
import { type InflateRaw, crc32, inflateRaw } from 'node:zlib';
import type { Inflater } from '../../verify/ports.ts';

/** What `info: true` makes of the callback's result; the types of Node do not know it. */
interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: InflateRaw;
}

/**
 * Inflates with zlib on the thread pool, so that it overlaps with hashing.
 *
 * @example await inspectArchive(source, { resolver, inflater: nodeInflater });
 */
export const nodeInflater: Inflater = {
  inflateRaw(bytes, length) {
    return new Promise((resolve) => {
      // One chunk of the whole length: zlib then neither grows nor joins buffers; one byte more would be an overflow, which it reports.
      const options = { info: true, maxOutputLength: length, chunkSize: Math.max(64, length + 1) };
      inflateRaw(bytes, options, (error, result) => {
        const { buffer, engine } = (result ?? {}) as unknown as Partial<Inflated>;
        if (error !== null || buffer?.length !== length || engine?.bytesWritten !== bytes.length) return resolve(undefined);
        const lines = Buffer.allocUnsafeSlow(length + 1);
        lines[0] = 0;
        lines.set(buffer, 1);
        resolve(lines);
      });
    });
  },
  crc32: (bytes) => crc32(bytes),
};

import { Buffer } from 'node:buffer';
import { MessageChannel } from 'node:worker_threads';
import { type InflateRaw, crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import type { Inflater } from '../../verify/ports.ts';
import { copyInto } from '@countersign/proof-core/node/copy';
import { gunzip } from './gunzip.ts';

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
  inflateRaw(bytes, into) {
    // One chunk of the whole length: zlib then neither grows nor joins buffers; one byte more would be an overflow, which it reports.
    const options = { info: true, maxOutputLength: into.length, chunkSize: Math.max(64, into.length + 1) };
    if (into.length < SMALL_BYTES) return Promise.resolve(inflateSmall(bytes, into, options));
    return new Promise((resolve) => {
      inflateRaw(bytes, options, (error, result) => {
        resolve(error === null && fits(result as unknown as Inflated, bytes.length, into));
      });
    });
  },
  gunzip: (chunks) => gunzip(chunks, 'records', SMALL_BYTES),
  crc32: (bytes) => crc32(bytes),
  allocate: (length) => Buffer.allocUnsafeSlow(length),
};

/** As `nodeInflater`, on the thread that asks: for threads that do nothing else. */
export const syncInflater: Inflater = {
  inflateRaw: (bytes, into) =>
    Promise.resolve(inflateSmall(bytes, into, { info: true, maxOutputLength: into.length, chunkSize: Math.max(64, into.length + 1) })),
  crc32: (bytes) => crc32(bytes),
};

function inflateSmall(bytes: Uint8Array, into: Uint8Array, options: object): boolean {
  try {
    return fits(inflateRawSync(bytes, options) as unknown as Inflated, bytes.length, into);
  } catch {
    return false;
  }
}

const { port1: drain, port2 } = new MessageChannel();
port2.close();
drain.unref();

/**
 * Gives the memory of a buffer back at once: a transfer detaches it, and nobody is at the other end of the port. Left to the collector, what
 * zlib returns would pile up to dozens of megabytes.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  // A small buffer is a slice of Node's shared pool.
  if (buffer instanceof ArrayBuffer && byteLength > SMALL_BYTES / 2) drain.postMessage(null, [buffer]);
}

/** Copies the result, if it is as long as it must be and used up all of the input. */
function fits({ buffer, engine }: Inflated, used: number, into: Uint8Array): boolean {
  if (buffer.length !== into.length || engine.bytesWritten !== used) return false;
  copyInto(into, buffer);
  release(buffer);
  return true;
}

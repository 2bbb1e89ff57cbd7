import type { ScanPool } from '../scan/pool.ts';

/** Bytes that come when they are asked for, to where they are wanted. */
export interface LineReader {
  /** Fills `into` from its beginning, not necessarily to its end; 0 only when nothing more comes. */
  read(into: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/**
 * Chunks as a reader; copies them.
 *
 * @param pool whose memory they are copied to
 * @example await chunkReader(source.chunks()).read(buffer)
 */
export function chunkReader(chunks: AsyncIterable<Uint8Array>, pool?: ScanPool): LineReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let chunk = new Uint8Array(0) as Uint8Array;
  return {
    async read(into) {
      while (chunk.length === 0) {
        const next = await iterator.next();
        if (next.done === true) return 0;
        chunk = next.value;
      }
      const length = Math.min(chunk.length, into.length);
      const part = length === chunk.length ? chunk : chunk.subarray(0, length);
      if (pool === undefined) into.set(part);
      else pool.copy(into, part);
      chunk = chunk.subarray(length);
      return length;
    },
    async close() {
      await iterator.return?.();
    },
  };
}

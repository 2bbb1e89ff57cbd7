import type { ScanPool, SharedLines } from '../scan/pool.ts';
import { type Lines, MAX_LINE_BYTES } from './lines.ts';

/** A buffer is handed over when so much of it is filled: enough work to be worth the way to another thread. */
const ENOUGH_BYTES = 1 << 20;

/** Whole lines in shared memory; whoever gets them gives the memory back. */
export interface LinesInPool extends Lines {
  readonly shared: SharedLines;
}

/**
 * As `wholeLines`, into buffers of a pool: several can be under way at once.
 *
 * @example for await (const { shared, end } of sharedLines(source.chunks(), pool)) …
 */
export async function* sharedLines(chunks: AsyncIterable<Uint8Array>, pool: ScanPool): AsyncGenerator<LinesInPool> {
  let shared: SharedLines | undefined;
  let length = 0;
  let dropping = false;
  try {
    for await (let chunk of chunks) {
      if (dropping) {
        const feed = chunk.indexOf(10);
        if (feed < 0) continue;
        chunk = chunk.subarray(feed);
        dropping = false;
      }
      const needed = 1 + length + chunk.length;
      if (shared === undefined || shared.bytes.length < needed) {
        const held: Uint8Array | undefined = shared?.bytes.slice(1, 1 + length);
        if (shared !== undefined) pool.release(shared);
        shared = undefined;
        shared = await pool.take(Math.max(needed, ENOUGH_BYTES + (ENOUGH_BYTES >> 2)));
        if (held !== undefined) shared.bytes.set(held, 1);
      }
      shared.bytes.set(chunk, 1 + length);
      length += chunk.length;
      if (length < ENOUGH_BYTES) continue;
      const feed = shared.bytes.subarray(0, 1 + length).lastIndexOf(10);
      if (feed < 1) {
        dropping = length > MAX_LINE_BYTES;
        if (dropping) length = MAX_LINE_BYTES;
        continue;
      }
      // Copied before the memory goes: what is left of the last line begins the next buffer.
      const rest = shared.bytes.slice(feed + 1, 1 + length);
      const full: SharedLines = shared;
      shared = undefined;
      yield { bytes: full.bytes, end: feed + 1, open: false, shared: full };
      length = rest.length;
      if (length === 0) continue;
      shared = await pool.take(Math.max(1 + length, ENOUGH_BYTES + (ENOUGH_BYTES >> 2)));
      shared.bytes.set(rest, 1);
    }
    if (shared === undefined || length === 0) return;
    const feed = shared.bytes.subarray(0, 1 + length).lastIndexOf(10);
    if (feed >= 1 && feed < length) {
      // The last line has no line feed: it comes alone.
      const rest = shared.bytes.slice(feed + 1, 1 + length);
      const full: SharedLines = shared;
      shared = undefined;
      yield { bytes: full.bytes, end: feed + 1, open: false, shared: full };
      shared = await pool.take(1 + rest.length);
      shared.bytes.set(rest, 1);
      length = rest.length;
    }
    const last: SharedLines = shared;
    shared = undefined;
    yield { bytes: last.bytes, end: 1 + length, open: last.bytes[length] !== 10, shared: last };
  } finally {
    if (shared !== undefined) pool.release(shared);
  }
}

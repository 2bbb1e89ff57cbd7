import type { ScanPool, SharedLines } from '../scan/pool.ts';
import type { LineReader } from './line-reader.ts';
import { type Lines, MAX_LINE_BYTES } from './lines.ts';

/** Whole lines in shared memory; whoever gets them gives the memory back. */
export interface LinesInPool extends Lines {
  readonly shared: SharedLines;
}

/**
 * As `wholeLines`, into buffers of a pool: several can be under way at once. A buffer is handed over when `enough` bytes lie in it: work that is
 * worth the way to another thread.
 *
 * @param enough bytes; a longer line is cut there
 * @example for await (const { shared, end } of sharedLines(reader, pool)) …
 */
export async function* sharedLines(reader: LineReader, pool: ScanPool, enough: number = MAX_LINE_BYTES): AsyncGenerator<LinesInPool> {
  const size = 1 + enough + (enough >> 2);
  let shared: SharedLines | undefined;
  /** Behind the last whole line of the buffer before: begins the next one. */
  let rest = new Uint8Array(0) as Uint8Array;
  let length = 0;
  let dropping = false;
  let failure: Error | undefined;
  const cut = (full: SharedLines, feed: number): LinesInPool => {
    shared = undefined;
    rest = full.bytes.slice(feed + 1, 1 + length);
    length = rest.length;
    return { bytes: full.bytes, end: feed + 1, open: false, shared: full };
  };
  const take = async (): Promise<SharedLines> => {
    const taken = await pool.take(size);
    taken.bytes.set(rest, 1);
    return taken;
  };
  try {
    for (;;) {
      shared ??= await take();
      const { bytes } = shared;
      const from = 1 + length;
      let got = 0;
      try {
        got = await reader.read(bytes.subarray(from, size));
      } catch (error) {
        // The whole lines before it come first, as they do to one thread.
        failure = error as Error;
      }
      if (got === 0) break;
      if (dropping) {
        const feed = bytes.subarray(from, from + got).indexOf(10);
        if (feed < 0) continue;
        bytes.copyWithin(from, from + feed, from + got);
        got -= feed;
        dropping = false;
      }
      length += got;
      if (length < enough) continue;
      const feed = lastFeed(bytes, length);
      if (feed > 0) yield cut(shared, feed);
      else {
        dropping = true;
        length = enough;
      }
    }
    const feed = lastFeed(shared.bytes, length);
    // A last line that has no line feed comes alone.
    if (feed > 0) yield cut(shared, feed);
    if (failure !== undefined) throw failure;
    if (length === 0) return;
    const last: SharedLines = shared ?? (await take());
    shared = undefined;
    yield { bytes: last.bytes, end: 1 + length, open: true, shared: last };
  } finally {
    if (shared !== undefined) pool.release(shared);
    await reader.close();
  }
}

/** Offset of the last line feed of bytes[1, 1 + length); negative without one. */
function lastFeed(bytes: Uint8Array, length: number): number {
  return bytes.subarray(0, 1 + length).lastIndexOf(10);
}

import { Buffer } from 'node:buffer';
import type { PoolClient } from 'pg';
import { CopyStream } from './copy-stream.ts';

/** Buffers that wait for the reader; the server is held up above. */
const MOST_WAITING = 2;

/** Writes one row, bytes[start, end), to `into` at `at`; gives the offset behind what it wrote, no more than the row has and one byte. */
export type PutRow = (bytes: Buffer, start: number, end: number, into: Buffer, at: number) => number;

/**
 * The rows of one `COPY … TO STDOUT` statement in buffers of about `chunkBytes`, in the way that `put` writes them: `pg` itself has no reader for
 * them. The server is held up while nobody reads. A buffer holds until the next one is asked for.
 *
 * @param client nothing else may run on it meanwhile
 * @throws what `pg` rejects with; what `put` throws
 * @example for await (const chunk of copyOut(client, 'copy t to stdout', put, 1 << 20)) …
 */
export async function* copyOut(client: PoolClient, text: string, put: PutRow, chunkBytes: number): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  const free: Buffer[] = [];
  let buffer: Buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let length = 0;
  const state = { ended: false, unwanted: false, error: undefined as Error | undefined, wake: () => {} };
  const take = (bytes: Buffer, start: number, end: number): void => {
    if (state.unwanted) return;
    const most = end - start + 1;
    if (length + most > buffer.length) {
      if (length > 0) ready.push(buffer.subarray(0, length));
      const used = most > chunkBytes ? undefined : free.pop();
      buffer = used ?? Buffer.allocUnsafeSlow(Math.max(chunkBytes, most));
      length = 0;
      if (ready.length >= MOST_WAITING) query.pause();
      state.wake();
    }
    length = put(bytes, start, end, buffer, length);
  };
  const query = new CopyStream(text, take, (error) => {
    state.ended = true;
    state.error = error;
    if (length > 0) ready.push(buffer.subarray(0, length));
    state.wake();
  });
  client.query(query);
  try {
    for (;;) {
      const next = ready.shift();
      if (next !== undefined) {
        yield next;
        if (next.buffer.byteLength === chunkBytes) free.push(Buffer.from(next.buffer));
        continue;
      }
      if (state.ended) break;
      const more = new Promise<void>((resolve) => (state.wake = resolve));
      query.resume();
      await more;
    }
    if (state.error !== undefined) throw state.error;
  } finally {
    // Whoever stops early leaves the rest to be read over.
    state.unwanted = true;
    query.resume();
  }
}

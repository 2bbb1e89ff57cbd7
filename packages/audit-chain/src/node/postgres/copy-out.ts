import { Buffer } from 'node:buffer';
import type { Connection, PoolClient, Submittable } from 'pg';

/** Takes one row of `COPY … TO STDOUT` in text format, with its line feed; the bytes hold for the call. */
type TakeRow = (row: Buffer) => void;

/** Rows that wait for the reader, in buffers; the server is held up above. */
const MOST_WAITING = 2;

/**
 * The rows of one `COPY … TO STDOUT` statement in buffers of about `chunkBytes`, in the way that `put` writes them: `pg` itself has no reader for
 * them. The server is held up while nobody reads. A buffer holds until the next one is asked for.
 *
 * @param client nothing else may run on it meanwhile
 * @param put writes a row to `into` at `at` and gives the offset behind it; a row takes no more bytes than the server sent
 * @throws what `pg` rejects with
 * @example for await (const chunk of copyOut(client, 'copy t to stdout', put, 1 << 20)) …
 */
export async function* copyOut(
  client: PoolClient,
  text: string,
  put: (row: Buffer, into: Buffer, at: number) => number,
  chunkBytes: number,
): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  const free: Buffer[] = [];
  let buffer: Buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let length = 0;
  const state = { ended: false, error: undefined as Error | undefined, wake: () => {} };
  const take: TakeRow = (row) => {
    if (length + row.length > buffer.length) {
      if (length > 0) ready.push(buffer.subarray(0, length));
      const used = row.length > chunkBytes ? undefined : free.pop();
      buffer = used ?? Buffer.allocUnsafeSlow(Math.max(chunkBytes, row.length));
      length = 0;
      if (ready.length >= MOST_WAITING) query.pause();
      state.wake();
    }
    length = put(row, buffer, length);
  };
  const query = new CopyQuery(text, take, (error) => {
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
    query.resume();
  }
}

/** A statement as `pg` runs it: it is handed the server's messages. */
class CopyQuery implements Submittable {
  readonly #text: string;
  readonly #take: TakeRow;
  readonly #end: (error?: Error) => void;
  #stream: { pause(): void; resume(): void } | undefined;
  #error: Error | undefined;

  constructor(text: string, take: TakeRow, end: (error?: Error) => void) {
    this.#text = text;
    this.#take = take;
    this.#end = end;
  }

  submit(connection: Connection): void {
    this.#stream = connection.stream;
    connection.query(this.#text);
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.#take(chunk);
  }

  handleRowDescription(): void {}

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.#error = error;
    // After an error of the connection itself nothing more comes.
    if (!('severity' in error)) this.#end(error);
  }

  handleReadyForQuery(): void {
    this.#end(this.#error);
  }
}

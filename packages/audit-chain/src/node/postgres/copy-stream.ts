import { Buffer } from 'node:buffer';
import type { Connection, Submittable } from 'pg';
import { ChainError } from '../../errors.ts';

/** CopyData, in PostgreSQL's protocol. */
const COPY_DATA = 0x64;
const HEAD_BYTES = 5;
/** No message of a log is longer. */
const MOST_BYTES = 1 << 24;

type Listener = (chunk: Buffer) => void;

/**
 * A `COPY … TO STDOUT` statement as `pg` runs it. It reads the connection's bytes itself, because `pg` makes an object and an event of every row;
 * all other messages go the way that they always go.
 *
 * @see PostgreSQL documentation, "Message Formats", CopyData
 */
export class CopyStream implements Submittable {
  readonly #text: string;
  readonly #take: (bytes: Buffer, start: number, end: number) => void;
  readonly #end: (error?: Error) => void;
  #stream: Connection['stream'] | undefined;
  #theirs: Listener[] = [];
  /** The beginning of a message whose end has not come. */
  #part: Buffer = Buffer.alloc(0);
  #error: Error | undefined;

  /**
   * @param take is given the payload bytes[start, end) of one CopyData message after the other: one row each; it holds for the call
   * @param end is called once: with what `pg` rejects with, or what `take` has thrown
   */
  constructor(text: string, take: (bytes: Buffer, start: number, end: number) => void, end: (error?: Error) => void) {
    this.#text = text;
    this.#take = take;
    this.#end = end;
  }

  submit(connection: Connection): void {
    const { stream } = connection;
    this.#stream = stream;
    this.#theirs = stream.listeners('data') as Listener[];
    for (const listener of this.#theirs) stream.off('data', listener);
    stream.on('data', this.#read);
    connection.query(this.#text);
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  readonly #read: Listener = (chunk) => {
    let at = this.#part.length > 0 ? this.#join(chunk) : 0;
    while (at + HEAD_BYTES <= chunk.length && this.#theirs.length > 0) {
      const end = at + sizeAt(chunk, at);
      if (end > chunk.length) break;
      this.#message(chunk, at, end);
      at = end;
    }
    if (at === chunk.length) return;
    const rest = chunk.subarray(at);
    // The statement is over: what follows is theirs again.
    if (this.#theirs.length === 0) this.#stream?.emit('data', rest);
    else if (rest.length >= HEAD_BYTES && sizeAt(rest, 0) > MOST_BYTES) this.#fail();
    else this.#part = Buffer.from(rest);
  };

  /** Completes the message that began in the chunk before; gives the offset behind it. */
  #join(chunk: Buffer): number {
    const before = this.#part.length;
    const head = before < HEAD_BYTES ? Buffer.concat([this.#part, chunk.subarray(0, HEAD_BYTES - before)]) : this.#part;
    const size = head.length < HEAD_BYTES ? Number.POSITIVE_INFINITY : sizeAt(head, 0);
    const used = Math.min(chunk.length, size - before);
    const whole = Buffer.concat([this.#part, chunk.subarray(0, used)]);
    this.#part = whole;
    if (whole.length >= HEAD_BYTES && size > MOST_BYTES) this.#fail();
    else if (whole.length === size) {
      this.#part = Buffer.alloc(0);
      this.#message(whole, 0, size);
    }
    return used;
  }

  #message(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] !== COPY_DATA) {
      for (const listener of this.#theirs) listener(bytes.subarray(start, end));
    } else if (this.#error === undefined) {
      try {
        this.#take(bytes, start + HEAD_BYTES, end);
      } catch (error) {
        // The rest of the rows is read over: the connection stays usable.
        this.#error = error as Error;
      }
    }
  }

  /** Nobody sends so much: whoever does is no database, and the connection ends. */
  #fail(): void {
    const error = new ChainError('ERR_STORE', 'the database sent a row that is too long', {
      field: 'row',
      expected: `at most ${MOST_BYTES} bytes`,
    });
    this.#stream?.destroy(error);
  }

  #giveBack(): void {
    this.#stream?.off('data', this.#read);
    for (const listener of this.#theirs) this.#stream?.on('data', listener);
    this.#theirs = [];
  }

  // What `pg` tells a statement.
  handleRowDescription(): void {}
  handleCommandComplete(): void {}

  /** After an error `pg` tells a statement nothing more, not even that the connection is ready again. */
  handleError(error: Error): void {
    this.#giveBack();
    this.#end((this.#error ??= error));
  }

  handleReadyForQuery(): void {
    this.#giveBack();
    this.#end(this.#error);
  }
}

/** The size of the message at `at`, its type byte included. */
function sizeAt(bytes: Buffer, at: number): number {
  return 1 + bytes.readUInt32BE(at + 1);
}

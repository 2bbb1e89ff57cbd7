import { TIME_LENGTH } from '@countersign/proof-core/record/time';
import type { VerifyOptions } from '../context.ts';
import type { Place } from '../record/place.ts';
import type { Bound } from '../report.ts';
import type { Lines } from './lines.ts';
import type { NoteFeed } from './notes.ts';

/** From a record's time to its end: `2026-11-21T03:12:00.123Z"}}`. */
const TIME_AT = TIME_LENGTH + 3;

/**
 * Where a stream need not be read further: the requested range has been read, and on to the next checkpoint, so that something signed covers it,
 * or to the pinned one in a stream without any; where there is none, on to the next record, whose link covers the last.
 */
export class RangeEnd {
  readonly #to: Bound | undefined;
  /** With a limit: where the range begins, and how many records of it are wanted. */
  readonly #from: Bound;
  readonly #limit: number | undefined;
  /** Number of the last record that a limit lets in, once the first one is known. */
  #last: number | undefined;
  /** Size of the pinned checkpoint; 0 without one. */
  readonly #pin: number;
  /** Number of a record at or after the end of the range. */
  #passedAt: number | undefined;

  constructor({ from = 0, to, limit, previous }: VerifyOptions) {
    this.#pin = previous?.size ?? 0;
    this.#to = to;
    this.#from = from;
    this.#limit = typeof from === 'string' || typeof to === 'string' ? limit : undefined;
    if (this.#limit !== undefined && typeof from === 'number') this.#last = from + this.#limit - 1;
  }

  /** Tells whether reading may stop behind the last record in its place. */
  isPast({ seq, time }: Place, notes: NoteFeed | undefined): boolean {
    if (this.#limit !== undefined && this.#last === undefined && time >= this.#from) this.#last = seq + this.#limit - 1;
    const number = this.#number;
    const byNumber = number !== undefined && seq >= number;
    if (!byNumber && !(typeof this.#to === 'string' && time >= this.#to)) return false;
    this.#passedAt ??= byNumber ? number : seq;
    const size = this.#passedAt + 1;
    if (notes?.covers(size) === true) return true;
    if (notes === undefined && this.#pin >= size) return seq + 1 >= this.#pin;
    // The first record of a later time is beyond the range already.
    return notes?.mayCover(size) !== true && (!byNumber || seq > number);
  }

  /**
   * Where lines must be cut so that it can be asked again whether reading may stop.
   *
   * @param at offset of the first line to come, behind the last record in its place
   * @returns the offset behind a line, `lines.end` where reading does not stop in these
   */
  cutAt({ bytes, end }: Lines, at: number, { seq }: Place, notes: NoteFeed | undefined): number {
    const until = this.#passedAt === undefined ? this.#nextTime : undefined;
    const number = this.#number;
    const note = this.#passedAt === undefined ? undefined : this.#next(this.#passedAt + 1, notes);
    const wanted = note !== undefined ? note - 1 : number === undefined ? Infinity : seq >= number ? seq + 1 : number;
    for (let count = 0; at < end;) {
      const feed = bytes.indexOf(10, at);
      const lineEnd = feed < 0 || feed >= end ? end : feed;
      at = Math.min(end, lineEnd + 1);
      if (++count >= wanted - seq || (until !== undefined && textBefore(bytes, lineEnd) >= until)) return at;
    }
    return end;
  }

  /** The size of the next checkpoint for at least `size` records. */
  #next(size: number, notes: NoteFeed | undefined): number | undefined {
    return notes === undefined && this.#pin >= size ? this.#pin : notes?.nextFor(size);
  }

  /** The time from which on something changes: where the range of a limit begins, then where the range ends. */
  get #nextTime(): string | undefined {
    const bound = this.#limit !== undefined && this.#last === undefined ? this.#from : this.#to;
    return typeof bound === 'string' ? bound : undefined;
  }

  get #number(): number | undefined {
    const to = typeof this.#to === 'number' ? this.#to : undefined;
    return this.#last === undefined || to === undefined ? (this.#last ?? to) : Math.min(this.#last, to);
  }
}

/** What stands where a record has its time; of another line anything. */
function textBefore(bytes: Uint8Array, lineEnd: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(0, lineEnd - TIME_AT), Math.max(0, lineEnd - 3)));
}

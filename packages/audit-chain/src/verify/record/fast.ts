import type { Engine } from '@countersign/proof-core/engine/engine';
import { LinkReader } from '@countersign/proof-core/record/link';
import { TIME_LENGTH } from '@countersign/proof-core/record/time';
import { withRoom } from '../../archive/room.ts';
import { reservedTypeAt } from '../reserved/type-at.ts';
import type { ReservedType } from '../../record/types.ts';
import { compareAt, hexEquals } from './hex-compare.ts';
import { LinkTemplate } from './link-template.ts';
import { LineWindows } from './windows.ts';

/** Judges the form of the records in a stretch of bytes. */
export interface FormCheck {
  /** One record whose link has been read; `linkAt` is the offset of the comma before `"link"`. */
  judge(start: number, end: number, linkAt: number, seq: number): void;
  /** Whether those that `RecordLines.formed` accepts need not be judged. */
  readonly byLines: boolean;
}

/** Takes one record of the library's own; `linkAt` is the offset of the comma before `"link"`. */
export type OwnRecordSink = (bytes: Uint8Array, start: number, linkAt: number, seq: number, type: ReservedType) => void;

/**
 * The hot loop: records that follow each other without a fault, hashed where they lie, without an object or a string per record.
 *
 * It stops before the first line that is anything else; what that is, the classifier says.
 */
export class FastPath {
  /** Leaf hashes of the lines taken by the last `run`, 32 bytes each. */
  leaves: Uint8Array = new Uint8Array(32 * 256);
  /** How many lines the last `run` took. */
  count = 0;
  /** Offsets of the times of those lines, in the bytes of the last `run`. */
  timesAt: Uint32Array = new Uint32Array(256);
  readonly #reader: LinkReader;
  readonly #template: LinkTemplate;
  readonly #engine: Engine;
  readonly #own: OwnRecordSink | undefined;
  readonly #windows: LineWindows | undefined;

  constructor(chain: string, engine: Engine, own?: OwnRecordSink) {
    this.#reader = new LinkReader(chain);
    this.#template = new LinkTemplate(chain);
    this.#engine = engine;
    this.#own = own;
    const lines = engine.recordLines?.();
    this.#windows = lines && new LineWindows(lines, this.#reader, this.#template, engine, own);
  }

  /**
   * Takes whole lines of bytes[start, end) while each is record `seq`, `seq` + 1, …, names the hash of the one before it and is not
   * older.
   *
   * @param start at least 1: the byte before a line is written to while the line is hashed
   * @param prev hash of the record before, or undefined when nobody knows it
   * @param time 24 bytes, the time of the record before; zeros sort before every time
   * @param last no record beyond this number is taken
   * @returns the offset of the first line not taken; `end` when all were
   */
  run(
    bytes: Uint8Array,
    start: number,
    end: number,
    seq: number,
    prev: Uint8Array | undefined,
    time: Uint8Array,
    last: number,
    form: FormCheck | undefined,
  ): number {
    this.count = 0;
    if (this.#windows !== undefined) return this.#windows.run(this, bytes, start, end, seq, prev, time, last, form);
    const reader = this.#reader;
    const engine = this.#engine;
    const own = this.#own;
    const template = this.#template;
    const view = viewOf(bytes);
    let hashes = viewOf(this.leaves);
    let at = start;
    let before = prev;
    let beforeAt = 0;
    let timeBytes = time;
    let timeAt = 0;
    let isFollowing = false;
    while (at < end && seq <= last) {
      const lineEnd = bytes.indexOf(10, at);
      if (lineEnd < 0 || lineEnd >= end) break;
      let linkAt: number;
      if (isFollowing && template.matches(bytes, view, at, lineEnd, hashes, beforeAt)) {
        linkAt = template.linkAt;
        timeAt = template.timeAt;
      } else {
        if (!reader.read(bytes, at, lineEnd) || reader.seq !== seq) break;
        if (before !== undefined && !hexEquals(bytes, reader.prevAt, before, beforeAt)) break;
        if (compareAt(bytes, reader.timeAt, timeBytes, timeAt, TIME_LENGTH) < 0) break;
        linkAt = reader.at;
        timeAt = reader.timeAt;
        template.follow(seq, bytes, timeAt);
        isFollowing = true;
      }
      if (this.makeRoom(1)) hashes = viewOf(this.leaves);
      engine.leafInto(bytes, at, lineEnd, this.leaves, this.count * 32);
      before = this.leaves;
      beforeAt = this.count * 32;
      timeBytes = bytes;
      this.timesAt[this.count] = timeAt;
      form?.judge(at, lineEnd, linkAt, seq);
      if (own !== undefined) {
        const type = reservedTypeAt(bytes, at, linkAt);
        if (type !== undefined) own(bytes, at, linkAt, seq, type);
      }
      this.count++;
      seq++;
      at = lineEnd + 1;
    }
    return at;
  }

  /** Makes room for so many lines more; tells whether `leaves` is another one now. */
  makeRoom(count: number): boolean {
    const wanted = this.count + count;
    if (this.timesAt.length < wanted) {
      const times = new Uint32Array(Math.max(wanted, 2 * this.timesAt.length));
      times.set(this.timesAt);
      this.timesAt = times;
    }
    const { leaves } = this;
    this.leaves = withRoom(leaves, 32 * this.count, 32 * wanted);
    return this.leaves !== leaves;
  }
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

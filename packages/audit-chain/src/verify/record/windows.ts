import type { Engine } from '@countersign/proof-core/engine/engine';
import type { RecordLines } from '@countersign/proof-core/engine/record-lines';
import type { LinkReader } from '@countersign/proof-core/record/link';
import { TIME_LENGTH } from '@countersign/proof-core/record/time';
import { reservedTypeAt } from '../reserved/type-at.ts';
import type { FastPath, FormCheck, OwnRecordSink } from './fast.ts';
import { compareAt, hexEquals } from './hex-compare.ts';
import type { LinkTemplate } from './link-template.ts';

/** From the time to the end of the line: `2026-11-21T03:12:00.123Z"}}`. */
const TIME_AND_END = TIME_LENGTH + 3;
/** Bytes that are taken at once. Behind a fault it is little that is hashed in vain; it doubles while there is none. */
const [LEAST, MOST] = [1024, 131_072] as const;

/** What `FastPath.run` does, for an engine that reads many lines at once. */
export class LineWindows {
  readonly #lines: RecordLines;
  readonly #reader: LinkReader;
  readonly #template: LinkTemplate;
  readonly #engine: Engine;
  readonly #own: OwnRecordSink | undefined;
  #size: number = MOST;

  constructor(lines: RecordLines, reader: LinkReader, template: LinkTemplate, engine: Engine, own: OwnRecordSink | undefined) {
    this.#lines = lines;
    this.#reader = reader;
    this.#template = template;
    this.#engine = engine;
    this.#own = own;
  }

  /** See `FastPath.run`; what was taken is written to `path`. */
  run(path: FastPath, ...[bytes, start, end, first, prev, time, last, form]: Parameters<FastPath['run']>): number {
    let seq = first;
    const lines = this.#lines;
    let before = { known: prev !== undefined, bytes: time, timeAt: 0, linked: false };
    if (prev !== undefined) lines.hashes.set(prev);
    let at = start;
    while (at < end && seq <= last) {
      const found = Math.min(lines.read(bytes, at, end, this.#size), last - seq + 1);
      if (found === 0) {
        if (this.#size === MOST || end - at <= this.#size) return at;
        this.#size = Math.min(MOST, 4 * this.#size);
        continue;
      }
      this.#hash(bytes, at, found);
      const taken = this.#link(bytes, at, found, seq, before);
      this.#size = taken < found ? LEAST : Math.min(MOST, 2 * this.#size);
      if (taken === 0) return at;
      this.#judge(bytes, at, taken, seq, form);
      this.#write(path, taken);
      lines.hashes.copyWithin(0, 32 * taken, 32 * taken + 32);
      at = lines.feed(taken - 1) + 1;
      before = { known: true, bytes, timeAt: at - 1 - TIME_AND_END, linked: true };
      seq += taken;
      if (taken < found) break;
    }
    return at;
  }

  #startOf(line: number, first: number): number {
    return line === 0 ? first : this.#lines.feed(line - 1) + 1;
  }

  #hash(bytes: Uint8Array, first: number, count: number): void {
    const lines = this.#lines;
    const { hashes } = lines;
    let at = first;
    for (let line = 0; line < count; line++) {
      const feed = lines.feed(line);
      this.#engine.leafInto(bytes, at, feed, hashes, 32 * line + 32);
      at = feed + 1;
    }
  }

  /** How many lines from the first on are record `seq`, `seq` + 1, …, name the hash of the one before and are not older. */
  #link(
    bytes: Uint8Array,
    first: number,
    count: number,
    seq: number,
    before: { readonly known: boolean; readonly bytes: Uint8Array; readonly timeAt: number; readonly linked: boolean },
  ): number {
    const lines = this.#lines;
    const reader = this.#reader;
    const template = this.#template;
    let { bytes: timeBytes, timeAt } = before;
    let line = before.linked ? lines.linked(0, count) : 0;
    while (line < count) {
      if (line > 0) [timeBytes, timeAt] = [bytes, lines.feed(line - 1) - TIME_AND_END];
      if (!reader.read(bytes, this.#startOf(line, first), lines.feed(line)) || reader.seq !== seq + line) break;
      if ((line > 0 || before.known) && !hexEquals(bytes, reader.prevAt, lines.hashes, 32 * line)) break;
      if (compareAt(bytes, reader.timeAt, timeBytes, timeAt, TIME_LENGTH) < 0) break;
      template.follow(seq + line, bytes, reader.timeAt);
      lines.expect(template.expected);
      line = lines.linked(line + 1, count);
    }
    return line;
  }

  #judge(bytes: Uint8Array, first: number, count: number, seq: number, form: FormCheck | undefined): void {
    const lines = this.#lines;
    let formed = 0;
    let length = 0;
    let longer = 0;
    for (let line = 0; line < count; line++) {
      if (line === longer) {
        const digits = String(seq + line).length;
        length = this.#template.lengthOf(digits);
        longer = Math.min(count, 10 ** digits - seq);
        formed = line;
      }
      const start = this.#startOf(line, first);
      const feed = lines.feed(line);
      if (form !== undefined && line >= formed) {
        if (form.byLines && seq + line > 0) formed = lines.formed(line, longer, length);
        if (line >= formed) form.judge(start, feed, feed - length, seq + line);
      }
      if (this.#own === undefined) continue;
      const type = reservedTypeAt(bytes, start, feed - length);
      if (type !== undefined) this.#own(bytes, start, feed - length, seq + line, type);
    }
  }

  #write(path: FastPath, count: number): void {
    const lines = this.#lines;
    path.makeRoom(count);
    path.leaves.set(lines.hashes.subarray(32, 32 * count + 32), 32 * path.count);
    for (let line = 0; line < count; line++) path.timesAt[path.count + line] = lines.feed(line) - TIME_AND_END;
    path.count += count;
  }
}

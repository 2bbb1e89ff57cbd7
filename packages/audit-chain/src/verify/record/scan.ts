import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { Classifier } from './classify.ts';
import type { IdStore } from '../ports.ts';
import type { Stretch } from '../scan/stretch.ts';
import { reservedTypeAt } from '../reserved/type-at.ts';
import { FastPath, type FormCheck, type OwnRecordSink } from './fast.ts';
import { HashMemory } from './hash-memory.ts';
import { readLine } from './line.ts';
import { type Expected, type Place, type Report, startPlace } from './place.ts';

/** What a scan needs beside the bytes. */
export interface ScanOptions {
  readonly expected: Expected;
  /** The tree before the first record; absent when nobody knows it. */
  readonly tree?: CompactRange;
  /** Tree sizes whose root is wanted, rising; `watch` adds more. */
  readonly watch?: readonly number[];
  /** Called at a watched size with the root, hex, and with time and hash of the record before it; the hash is a view. */
  readonly onRoot?: (size: number, root: string, time: string, hash: Uint8Array) => void;
  /** Makes the form check for a stretch of bytes; absent at level `integrity`. */
  readonly form?: (bytes: Uint8Array, start: number, end: number) => FormCheck;
  /** Takes the library's own records. */
  readonly own?: OwnRecordSink;
  readonly report: Report;
  /** Takes the ids of records that another thread has judged at level `deep`. */
  readonly ids?: IdStore;
}

/**
 * Judges a stream of record lines: hashes every line, follows the links, builds the tree. Memory does not grow with the stream.
 *
 * @example
 * scan.push(bytes, 1, bytes.length); // whole lines, one free byte before them
 * scan.finish();
 */
export class RecordScan {
  /** Lines seen, records or not. */
  lines = 0;
  /** Time of the first record, 24 characters. */
  firstTime = '';
  readonly place: Place;
  readonly #expected: Expected;
  #tree: CompactRange | undefined;
  readonly #watch: number[];
  #watched = 0;
  readonly #onRoot: ScanOptions['onRoot'];
  readonly #form: ScanOptions['form'];
  readonly #own: OwnRecordSink | undefined;
  readonly #fast: FastPath;
  readonly #memory = new HashMemory();
  readonly #ids: IdStore | undefined;
  readonly #classifier: Classifier;
  readonly #engine: Engine;
  readonly #time = new Uint8Array(24);
  readonly #hash = new Uint8Array(32);

  constructor(options: ScanOptions, engine: Engine) {
    const { expected, report } = options;
    this.#expected = expected;
    this.#tree = options.tree;
    this.#watch = [...(options.watch ?? [])];
    this.#form = options.form;
    this.#own = options.own;
    this.#ids = options.ids;
    this.#engine = engine;
    this.place = startPlace(expected);
    this.#fast = new FastPath(expected.chain, engine, options.own);
    this.#classifier = new Classifier(expected, this.place, this.#memory, report, engine);
    this.#onRoot = options.onRoot;
    this.#reachWatched(this.place.time, this.place.hash);
  }

  /** The tree as far as it has grown: of the lines in the order in which they came. */
  get tree(): CompactRange | undefined {
    return this.#tree;
  }

  /** The sizes that were asked for and have not come. */
  get watched(): readonly number[] {
    return this.#watch.slice(this.#watched);
  }

  /** Asks for the root at one more size. */
  watch(size: number): void {
    // Sizes that were reached are dropped now and then, so that the list does not grow with the stream.
    if (this.#watched > 1024) {
      this.#watch.splice(0, this.#watched);
      this.#watched = 0;
    }
    let at = this.#watch.length;
    while (at > this.#watched && this.#watch[at - 1]! > size) at--;
    if (this.#watch[at - 1] !== size) this.#watch.splice(at, 0, size);
    this.#reachWatched(this.place.time, this.place.hash);
  }

  /**
   * Takes lines; the last one may lack its line feed only when nothing follows.
   *
   * @param start at least 1; the byte before it is written to and restored
   */
  push(bytes: Uint8Array, start: number, end: number): void {
    const form = this.#form?.(bytes, start, end);
    let at = start;
    while (at < end) {
      if (!this.#classifier.waiting) at = this.#run(bytes, at, end, form);
      if (at < end) at = this.#step(bytes, at, end, form);
    }
  }

  /**
   * Takes lines that another thread has found to follow each other without a fault; judges them here when they do not follow what came before.
   *
   * @param stretch undefined when the thread has found anything
   * @param leaves the hashes of the records
   */
  pushScanned(bytes: Uint8Array, start: number, end: number, stretch: Stretch | undefined, leaves: Uint8Array): void {
    if (stretch === undefined || !this.#follows(stretch)) return this.push(bytes, start, end);
    const { first, count, ranges, own, ids, firstTime, lastTime } = stretch;
    const { place } = this;
    if (this.firstTime === '') this.firstTime = firstTime;
    this.#memory.putMany(first, leaves, 0, count);
    for (let i = 0; i < own.length; i += 3) {
      const type = reservedTypeAt(bytes, own[i]!, own[i + 1]!);
      if (type !== undefined) this.#own?.(bytes, own[i]!, own[i + 1]!, own[i + 2]!, type);
    }
    this.#join(stretch, leaves, ranges);
    if (ids !== undefined) for (let i = 0; i < count; i++) this.#ids?.add(ids.slice(i * 16, i * 16 + 16), first + i);
    this.lines += count;
    place.seq += count;
    place.hash.set(leaves.subarray((count - 1) * 32, count * 32));
    place.known = true;
    place.flagged = false;
    place.time = lastTime;
  }

  #follows({ first, count, prev, firstTime }: Stretch): boolean {
    const { seq, known, flagged, hash, time } = this.place;
    if (this.#classifier.waiting || first !== seq + 1 || seq + count > (this.#expected.last ?? Number.MAX_SAFE_INTEGER - 1)) return false;
    return firstTime >= time && (!known || flagged || equalBytes(prev, hash));
  }

  /** Adds a stretch to the tree: its ranges, where no wanted size lies within one. */
  #join({ first, count }: Stretch, leaves: Uint8Array, ranges: Stretch['ranges']): void {
    const tree = this.#tree;
    if (tree === undefined) return;
    // A tree that has lost its place does not begin where the stretch does.
    if (tree.size !== first) return this.#grow(leaves, count, () => this.place.time);
    let from = first;
    for (const { bytes, lastTime } of ranges) {
      const range = CompactRange.fromBytes(bytes);
      const next = this.#watch[this.#watched];
      const part = leaves.subarray((from - first) * 32, (range.end - first) * 32);
      if (next !== undefined && next < range.end) this.#grow(part, range.size, () => lastTime);
      else {
        tree.merge(range, this.#engine);
        if (tree.size === next) this.#reachWatched(lastTime, part.subarray(-32));
      }
      from = range.end;
    }
  }

  /** Goes on after record `last`, because what lies before cannot be read: nobody knows its hash, and the tree is lost. */
  skipTo(last: number): void {
    this.#classifier.settle();
    this.#tree = undefined;
    this.place.seq = Math.max(this.place.seq, last);
    this.place.known = false;
    this.place.flagged = false;
  }

  /** Ends the stream. */
  finish(): void {
    this.#classifier.finish();
  }

  #run(bytes: Uint8Array, start: number, end: number, form: FormCheck | undefined): number {
    const { place } = this;
    const first = place.seq + 1;
    this.#setTime(place.time);
    const fast = this.#fast;
    const prev = place.known && !place.flagged ? place.hash.slice() : undefined;
    const at = fast.run(bytes, start, end, first, prev, this.#time, this.#expected.last ?? Number.MAX_SAFE_INTEGER - 1, form);
    if (fast.count === 0) return at;
    if (this.firstTime === '') this.firstTime = textAt(bytes, fast.timesAt[0]!);
    this.#memory.putMany(first, fast.leaves, 0, fast.count);
    this.#grow(fast.leaves, fast.count, (i) => textAt(bytes, fast.timesAt[i]!));
    this.lines += fast.count;
    place.seq += fast.count;
    place.hash.set(fast.leaves.subarray((fast.count - 1) * 32, fast.count * 32));
    place.known = true;
    place.flagged = false;
    place.time = textAt(bytes, fast.timesAt[fast.count - 1]!);
    return at;
  }

  /** One line by the slow path. */
  #step(bytes: Uint8Array, start: number, end: number, form: FormCheck | undefined): number {
    const feed = bytes.indexOf(10, start);
    const lineEnd = feed < 0 || feed > end ? end : feed;
    this.#engine.leafInto(bytes, start, lineEnd, this.#hash, 0);
    const line = readLine(bytes, start, lineEnd, this.#hash, 0);
    if (this.firstTime === '' && line.link !== undefined) this.firstTime = line.link.time;
    this.#grow(this.#hash, 1, () => line.link?.time ?? this.place.time);
    this.lines++;
    this.#classifier.take(line);
    if (line.link !== undefined) {
      const linkAt = start + line.link.at - 1;
      form?.judge(start, lineEnd, linkAt, line.link.seq);
      const type = this.#own === undefined ? undefined : reservedTypeAt(bytes, start, linkAt);
      if (type !== undefined) this.#own!(bytes, start, linkAt, line.link.seq, type);
    }
    return lineEnd + 1;
  }

  #grow(leaves: Uint8Array, count: number, timeOf: (index: number) => string): void {
    const tree = this.#tree;
    if (tree === undefined) return;
    let done = 0;
    while (done < count) {
      const next = this.#watch[this.#watched];
      const part = next === undefined ? count - done : Math.min(count - done, next - tree.size);
      tree.appendMany(leaves.subarray(done * 32), part, this.#engine);
      done += part;
      if (part > 0 && tree.size === next) this.#reachWatched(timeOf(done - 1), leaves.subarray((done - 1) * 32, done * 32));
    }
  }

  #reachWatched(time: string, hash: Uint8Array): void {
    const tree = this.#tree;
    if (tree === undefined) return;
    for (; this.#watched < this.#watch.length && this.#watch[this.#watched]! <= tree.size; this.#watched++) {
      const size = this.#watch[this.#watched]!;
      if (size === tree.size) this.#onRoot?.(size, hexEncode(tree.root(this.#engine)), time, hash);
    }
  }

  #setTime(time: string): void {
    for (let i = 0; i < 24; i++) this.#time[i] = time === '' ? 0 : time.charCodeAt(i);
  }
}

/** A time of 24 ASCII characters. */
function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 24));
}

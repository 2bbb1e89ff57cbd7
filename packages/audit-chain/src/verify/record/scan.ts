import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { readLink } from '@countersign/proof-core/record/link';
import { Classifier } from './classify.ts';
import { FastPath, type FormCheck } from './fast.ts';
import { HashMemory } from './hash-memory.ts';
import { readLine } from './line.ts';
import { type Expected, type Place, type Report, startPlace } from './place.ts';

/** The longest record there can be, in bytes. */
export const MAX_RECORD_BYTES = 65_535;

/** What a scan needs beside the bytes. */
export interface ScanOptions {
  readonly expected: Expected;
  /** The tree before the first record; absent when nobody knows it. */
  readonly tree?: CompactRange;
  /** Tree sizes whose root is wanted, rising. */
  readonly watch?: readonly number[];
  /** Makes the form check for a stretch of bytes; absent at level `integrity`. */
  readonly form?: (bytes: Uint8Array, start: number, end: number) => FormCheck;
  readonly report: Report;
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
  readonly #roots = new Map<number, string>();
  readonly #form: ScanOptions['form'];
  readonly #fast: FastPath;
  readonly #memory = new HashMemory();
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
    this.#engine = engine;
    this.place = startPlace(expected);
    this.#fast = new FastPath(expected.chain, engine);
    this.#classifier = new Classifier(expected, this.place, this.#memory, report, engine);
    this.#reachWatched();
  }

  /** The tree as far as it has grown: of the lines in the order in which they came. */
  get tree(): CompactRange | undefined {
    return this.#tree;
  }

  /** The roots, hex, at the watched sizes that the stream has come to. */
  get roots(): ReadonlyMap<number, string> {
    return this.#roots;
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
    if (this.firstTime === '') this.#setFirstTime(bytes, start);
    this.#memory.putMany(first, fast.leaves, 0, fast.count);
    this.#grow(fast.leaves, fast.count);
    this.lines += fast.count;
    place.seq += fast.count;
    place.hash.set(fast.leaves.subarray((fast.count - 1) * 32, fast.count * 32));
    place.known = true;
    place.flagged = false;
    place.time = String.fromCharCode(...bytes.subarray(fast.timeAt, fast.timeAt + 24));
    return at;
  }

  /** One line by the slow path. */
  #step(bytes: Uint8Array, start: number, end: number, form: FormCheck | undefined): number {
    const feed = bytes.indexOf(10, start);
    const lineEnd = feed < 0 || feed > end ? end : feed;
    this.#engine.leafInto(bytes, start, lineEnd, this.#hash, 0);
    const line = readLine(bytes, start, lineEnd, this.#hash, 0);
    if (this.firstTime === '' && line.link !== undefined) this.firstTime = line.link.time;
    this.#grow(this.#hash, 1);
    this.lines++;
    this.#classifier.take(line);
    if (form !== undefined && line.link !== undefined) form(bytes, start, lineEnd, start + line.link.at - 1, line.link.seq);
    return lineEnd + 1;
  }

  #grow(leaves: Uint8Array, count: number): void {
    const tree = this.#tree;
    if (tree === undefined) return;
    let done = 0;
    while (done < count) {
      const next = this.#watch[0];
      const part = next === undefined ? count - done : Math.min(count - done, next - tree.size);
      tree.appendMany(leaves.subarray(done * 32), part, this.#engine);
      done += part;
      this.#reachWatched();
    }
  }

  #reachWatched(): void {
    const tree = this.#tree;
    if (tree === undefined) return;
    while (this.#watch.length > 0 && this.#watch[0]! <= tree.size) {
      const size = this.#watch.shift()!;
      if (size === tree.size) this.#roots.set(size, hexEncode(tree.root(this.#engine)));
    }
  }

  #setTime(time: string): void {
    for (let i = 0; i < 24; i++) this.#time[i] = time === '' ? 0 : time.charCodeAt(i);
  }

  #setFirstTime(bytes: Uint8Array, start: number): void {
    this.firstTime = readLink(bytes, start, bytes.indexOf(10, start))!.time;
  }
}

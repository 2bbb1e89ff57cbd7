import type { ExpectedLink } from '@countersign/proof-core/engine/record-lines';
import { MINUTE_LENGTH, TIME_LENGTH, isSecondAt } from '@countersign/proof-core/record/time';
import { formatLink, ZERO_HASH } from '@countersign/proof-core/record/link';
import { equalWords } from './words.ts';

/** `SS.mmmZ"}}` */
const END_LENGTH = 10;
/** Little-endian `Z"}}`. */
const LAST = 0x7d7d225a;
const NINE = 0x39;
const ZERO = 0x30;
const SOME_TIME = '2026-11-21T03:12:00.123Z';

/** The two hex digits of every byte as they lie in memory, little-endian. */
const HEX = /* @__PURE__ */ Uint16Array.from({ length: 256 }, (_, byte) => {
  const [high, low] = byte.toString(16).padStart(2, '0');
  return high!.charCodeAt(0) + 256 * low!.charCodeAt(0);
});

/**
 * The link that the next record of a faultless chain has, so that it is compared by words and not read.
 *
 * It accepts nothing that `LinkReader` does not; what it refuses, `LinkReader` must judge: the first record of a minute, numbers that have become
 * longer, and everything that is wrong.
 *
 * @example
 * template.follow(7, bytes, timeAt); // record 7 has been judged
 * if (template.matches(bytes, view, start, end, new DataView(hashes.buffer), 0)) template.linkAt; // of record 8
 */
export class LinkTemplate {
  /** Offset of the comma before `"link"` in the last record that matched. */
  linkAt = 0;
  /** Offset of its time. */
  timeAt = 0;
  /** From the comma to the hash. */
  readonly #head: DataView;
  /** Of a whole link, but the digits of its number. */
  readonly #length: number;
  /** `","seq":8,"time":"2026-11-21T03:12:`, of the record to come. */
  #middle = new Uint8Array(0) as Uint8Array;
  #middleView: DataView = new DataView(new ArrayBuffer(0));
  /** Offset of the last digit of `seq` in it. */
  #digitAt = 0;
  /** Milliseconds of the minute at which the last record entered. */
  #time = 0;

  /** @param chain the chain id */
  constructor(chain: string) {
    const link = formatLink({ chain, prev: ZERO_HASH, seq: 0, time: SOME_TIME });
    this.#head = viewOf(link.slice(0, link.indexOf(ZERO_HASH)));
    this.#length = link.length - '0'.length;
  }

  /** How long the link of a record with a number of so many digits is: from the comma before `"link"` to the end of the line. */
  lengthOf(digits: number): number {
    return this.#length + digits;
  }

  /** What `RecordLines.expect` is told. */
  get expected(): ExpectedLink {
    return { head: new Uint8Array(this.#head.buffer), middle: this.#middle, digitAt: this.#digitAt, time: this.#time };
  }

  /** Expects the record behind record `seq`, whose time lies at `timeAt`. */
  follow(seq: number, bytes: Uint8Array, timeAt: number): void {
    const front = `","seq":${seq + 1}`;
    const text = `${front},"time":"${String.fromCharCode(...bytes.subarray(timeAt, timeAt + MINUTE_LENGTH))}`;
    this.#middleView = viewOf(text);
    this.#middle = new Uint8Array(this.#middleView.buffer);
    this.#digitAt = front.length - 1;
    this.#time = millisecondsAt(bytes, timeAt + MINUTE_LENGTH);
  }

  /**
   * Tells whether the record bytes[start, end) has the expected link and is not older than the one before it; if so, expects the next.
   *
   * @param view over the same bytes
   * @param hashes the hash of the record before lies there, 32 bytes at `prevAt`
   */
  matches(bytes: Uint8Array, view: DataView, start: number, end: number, hashes: DataView, prevAt: number): boolean {
    const head = this.#head;
    const middle = this.#middleView;
    const secondAt = end - END_LENGTH;
    const middleAt = secondAt - middle.byteLength;
    const hashAt = middleAt - 64;
    const linkAt = hashAt - head.byteLength;
    if (middle.byteLength === 0 || linkAt < start || view.getInt32(end - 4, true) !== LAST || !isSecondAt(bytes, secondAt)) return false;
    const time = millisecondsAt(bytes, secondAt);
    if (
      time < this.#time ||
      !equalWords(view, middleAt, middle, 0, middle.byteLength) ||
      !equalWords(view, linkAt, head, 0, head.byteLength) ||
      !isHexOf(view, hashAt, hashes, prevAt)
    )
      return false;
    this.linkAt = linkAt;
    this.timeAt = end - 3 - TIME_LENGTH;
    this.#time = time;
    this.#increment();
    return true;
  }

  #increment(): void {
    const middle = this.#middle;
    let at = this.#digitAt;
    for (; middle[at] === NINE; at--) middle[at] = ZERO;
    // A number that becomes longer has no place here: nothing matches before the next `follow`.
    if (middle[at]! < ZERO || middle[at]! > NINE) this.#middleView = new DataView(new ArrayBuffer(0));
    else middle[at]!++;
  }
}

/** Tells whether the 64 hex digits at `hexAt` write the 32 bytes at `at`: the digits of two bytes in one word. */
function isHexOf(view: DataView, hexAt: number, hashes: DataView, at: number): boolean {
  let difference = 0;
  for (let i = 0; i < 32; i += 4) {
    const word = hashes.getInt32(at + i, true);
    difference |= view.getInt32(hexAt + 2 * i, true) ^ (HEX[word & 255]! | (HEX[(word >>> 8) & 255]! << 16));
    difference |= view.getInt32(hexAt + 2 * i + 4, true) ^ (HEX[(word >>> 16) & 255]! | (HEX[word >>> 24]! << 16));
  }
  return difference === 0;
}

function viewOf(text: string): DataView {
  return new DataView(Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
}

/** `SS.mmm`, digits. */
function millisecondsAt(bytes: Uint8Array, at: number): number {
  const digit = (i: number): number => bytes[at + i]! - ZERO;
  return digit(0) * 10_000 + digit(1) * 1000 + digit(3) * 100 + digit(4) * 10 + digit(5);
}

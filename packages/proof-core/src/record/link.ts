import { ProofError } from '../errors.ts';
import { ascii, isHashAt, matches, textAt } from './ascii.ts';
import { isChainId } from './chain-id.ts';
import { MINUTE_LENGTH, TIME_LENGTH, isSecondAt, isTime, isTimeAt } from './time.ts';

/** What a chain adds to an event (`countersign/record@1`, member `link`). */
export interface Link {
  /** Chain id, which is the origin of the chain's checkpoints. */
  readonly chain: string;
  /** Hash of the record before it: 64 lower-case hex characters; `ZERO_HASH` at seq 0. */
  readonly prev: string;
  /** Place in the chain: 0, 1, 2, … */
  readonly seq: number;
  /** When it entered the chain, `2026-11-21T03:12:00.123Z`. */
  readonly time: string;
}

/** A link as found in a record. */
export interface PlacedLink extends Link {
  /** Offset of the comma before `"link"`. */
  readonly at: number;
}

/** What `prev` is in the record at seq 0. */
export const ZERO_HASH: string = /* @__PURE__ */ '0'.repeat(64);

const FRONT = ',"link":{"chain":"';
const MIDDLE = '","format":"countersign/record@1","prev":"';
const SEQ = '","seq":';
const TIME = ',"time":"';
const END = '"}}';

const SEQ_BYTES = /* @__PURE__ */ ascii(SEQ);
const TIME_BYTES = /* @__PURE__ */ ascii(TIME);
const END_BYTES = /* @__PURE__ */ ascii(END);
const MIDDLE_BYTES = /* @__PURE__ */ ascii(MIDDLE);
const QUOTE = 0x22;

/**
 * Reads the links of one chain's records without allocating: what a verifier does a million times.
 *
 * `read` compares every byte of `,"link":{"chain":"C","format":"countersign/record@1","prev":"P","seq":N,"time":"T"}}` at the end of a record
 * (architecture §3.1) and leaves the offsets in the fields, which hold for the last record that `read` accepted.
 *
 * @example
 * const reader = new LinkReader('log.example.com/audit');
 * if (reader.read(bytes, start, end) && reader.seq === next && reader.prevIs(previousHash)) …
 */
export class LinkReader {
  /** Offset of the comma before `"link"`: the event ends here. */
  at = 0;
  /** Offset of the 64 hex digits of `prev`. */
  prevAt = 0;
  seq = 0;
  /** Offset of the 24 characters of `time`. */
  timeAt = 0;
  readonly chain: string;
  /** What stands between the event and the hash, as little-endian words of 4 bytes and the 0 to 3 bytes before them. */
  readonly #head: Uint8Array;
  readonly #words: Int32Array;
  /** The last time read up to its minute: most records are of the same one. */
  readonly #minute = new Uint8Array(MINUTE_LENGTH);
  #bytes: Uint8Array = END_BYTES;
  #view = new DataView(END_BYTES.buffer);

  /**
   * @param chain the chain id that every record must name
   * @throws TypeError not a chain id
   */
  constructor(chain: string) {
    if (!isChainId(chain)) throw new TypeError('not a chain id');
    this.chain = chain;
    this.#head = ascii(FRONT + chain + MIDDLE);
    const view = new DataView(this.#head.buffer);
    const odd = this.#head.length % 4;
    this.#words = Int32Array.from({ length: (this.#head.length - odd) / 4 }, (_, i) => view.getInt32(odd + 4 * i, true));
  }

  /**
   * Reads the link of the record bytes[start, end).
   *
   * @returns false where one byte of the tail differs from the format, or the record names another chain
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const timeAt = end - END_BYTES.length - TIME_LENGTH;
    const seqEnd = timeAt - TIME_BYTES.length;
    if (seqEnd <= start || end > bytes.length || !matches(bytes, seqEnd, TIME_BYTES)) return false;
    if (!matches(bytes, end - END_BYTES.length, END_BYTES) || !this.#isTime(bytes, timeAt)) return false;
    let seqAt = seqEnd;
    let seq = 0;
    let unit = 1;
    // 16 digits are enough for 2^53 − 1; sums that are not exact lie beyond it and are refused.
    for (; seqAt > start && seqEnd - seqAt < 17; seqAt--, unit *= 10) {
      const digit = bytes[seqAt - 1]! - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      seq += digit * unit;
    }
    const length = seqEnd - seqAt;
    if (length === 0 || !Number.isSafeInteger(seq) || (length > 1 && bytes[seqAt] === 48)) return false;
    const prevAt = seqAt - SEQ_BYTES.length - 64;
    const at = prevAt - this.#head.length;
    if (at < start || !matches(bytes, prevAt + 64, SEQ_BYTES) || !isHashAt(bytes, prevAt) || !this.#isHead(bytes, at)) return false;
    this.at = at;
    this.prevAt = prevAt;
    this.seq = seq;
    this.timeAt = timeAt;
    this.#bytes = bytes;
    return true;
  }

  #isHead(bytes: Uint8Array, at: number): boolean {
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer);
    const view = this.#view;
    const words = this.#words;
    const odd = this.#head.length % 4;
    for (let i = 0; i < odd; i++) if (bytes[at + i] !== this.#head[i]) return false;
    const from = bytes.byteOffset + at + odd;
    for (let i = 0; i < words.length; i++) if (view.getInt32(from + 4 * i, true) !== words[i]) return false;
    return true;
  }

  #isTime(bytes: Uint8Array, at: number): boolean {
    if (!matches(bytes, at, this.#minute)) {
      if (!isTimeAt(bytes, at)) return false;
      for (let i = 0; i < MINUTE_LENGTH; i++) this.#minute[i] = bytes[at + i]!;
      return true;
    }
    return isSecondAt(bytes, at + MINUTE_LENGTH);
  }

  /** Tells whether the last record read names this hash (64 hex characters) as the one before it. */
  prevIs(hash: string): boolean {
    if (hash.length !== 64) return false;
    for (let i = 0; i < 64; i++) if (this.#bytes[this.prevAt + i] !== hash.charCodeAt(i)) return false;
    return true;
  }

  /** The `prev` of the last record read, 64 hex characters. */
  prev(): string {
    return textAt(this.#bytes, this.prevAt, this.prevAt + 64);
  }

  /** The `time` of the last record read, 24 characters. */
  time(): string {
    return textAt(this.#bytes, this.timeAt, this.timeAt + TIME_LENGTH);
  }
}

/** The chain id that ends before the hash at `prevAt`, if the bytes between have the right shape. */
function chainAt(bytes: Uint8Array, start: number, prevAt: number): string | undefined {
  const chainEnd = prevAt - MIDDLE_BYTES.length;
  if (chainEnd <= start || !matches(bytes, chainEnd, MIDDLE_BYTES)) return undefined;
  let begin = chainEnd;
  while (begin > start && chainEnd - begin <= 200 && bytes[begin - 1] !== QUOTE) begin--;
  const chain = textAt(bytes, begin, chainEnd);
  return isChainId(chain) ? chain : undefined;
}

/**
 * Reads the link at the end of one record of any chain, comparing every byte of the tail (architecture §3.1).
 *
 * A verifier of many records of one chain uses `LinkReader` instead.
 *
 * @param bytes what holds the record
 * @param start offset of the record's first byte
 * @param end offset behind its last byte
 * @returns undefined where one byte differs from the format
 * @example readLink(record, 0, record.length)?.seq
 */
export function readLink(bytes: Uint8Array, start: number, end: number): PlacedLink | undefined {
  let seqAt = end - END.length - TIME_LENGTH - TIME.length;
  for (let digits = 0; digits < 17 && seqAt > start && bytes[seqAt - 1]! >= 48 && bytes[seqAt - 1]! <= 57; digits++) seqAt--;
  const chain = chainAt(bytes, start, seqAt - SEQ.length - 64);
  if (chain === undefined) return undefined;
  const reader = new LinkReader(chain);
  if (!reader.read(bytes, start, end)) return undefined;
  return { chain, prev: reader.prev(), seq: reader.seq, time: reader.time(), at: reader.at };
}

function refuse(field: string, expected: string): never {
  throw new ProofError('ERR_LINK', `link.${field}: expected ${expected}`, { field: `link.${field}`, expected });
}

/**
 * Writes the tail of a record: `,"link":{…}}`, to be put behind `{"event":…`.
 *
 * @param link chain, 64 hex characters of the record before, number from 0, time in milliseconds
 * @returns ASCII text, from the comma to the record's last brace
 * @throws ProofError ERR_LINK a chain id, hash, seq or time that a record cannot hold
 * @example formatLink({ chain: 'log.example.com', prev: ZERO_HASH, seq: 0, time: '2026-11-21T03:12:00.123Z' })
 */
export function formatLink(link: Link): string {
  const { chain, prev, seq, time } = link;
  if (!isChainId(chain)) refuse('chain', 'a chain id');
  if (!/^[0-9a-f]{64}$/.test(prev)) refuse('prev', '64 lower-case hex digits');
  if (!Number.isSafeInteger(seq) || seq < 0) refuse('seq', 'an integer from 0 to 2^53 - 1');
  if (!isTime(time)) refuse('time', 'a time such as 2026-11-21T03:12:00.123Z');
  return FRONT + chain + MIDDLE + prev + SEQ + String(seq) + TIME + time + END;
}

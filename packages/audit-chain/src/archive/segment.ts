import { concatBytes } from '@countersign/proof-core/bytes/compare';
import type { Engine, Hasher } from '@countersign/proof-core/engine/engine';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';

/** Compresses bytes to one gzip member with a plain header (docs/spec/archive.md). */
export type GzipMember = (bytes: Uint8Array) => Uint8Array;

/** One gzip member of a segment file, as its index lists it. */
export interface Member {
  /** Uncompressed length. */
  readonly bytes: number;
  /** Records. */
  readonly count: number;
  /** seq of its first record. */
  readonly first: number;
  /** Where it starts in the file. */
  readonly offset: number;
  /** Compressed length. */
  readonly size: number;
}

/** What a segment's records came to. */
export interface SegmentFile {
  /** The `.jsonl.gz` file. */
  readonly file: Uint8Array;
  readonly members: readonly Member[];
  /** SHA-256 of the stored file, hex. */
  readonly fileDigest: string;
  /** SHA-256 of the uncompressed lines, LF included, hex. */
  readonly recordsDigest: string;
}

/** Uncompressed bytes after which a member ends: small enough to inflate in one call, large enough to compress well. */
const MEMBER_BYTES = 2 ** 20;

/**
 * Collects record lines into gzip members that hold whole lines, so that cores and machines can share the work of reading.
 *
 * The same records give the same members, whatever pieces they arrive in.
 */
export class SegmentBuilder {
  readonly #gzip: GzipMember;
  readonly #records: Hasher;
  readonly #file: Hasher;
  readonly #parts: Uint8Array[] = [];
  readonly #members: Member[] = [];
  #first: number;
  #lines: Uint8Array[] = [];
  #bytes = 0;
  #count = 0;
  #offset = 0;

  /** @param first seq of the first record */
  constructor(first: number, gzip: GzipMember, engine: Engine) {
    this.#first = first;
    this.#gzip = gzip;
    this.#records = engine.hasher();
    this.#file = engine.hasher();
  }

  /**
   * Adds one record line.
   *
   * @param line the record's bytes and LF; copied only when its member is compressed, so it must not change before
   */
  add(line: Uint8Array): void {
    this.#lines.push(line);
    this.#bytes += line.length;
    this.#count++;
    if (this.#bytes >= MEMBER_BYTES) this.#endMember();
  }

  /** Ends the file. */
  finish(): SegmentFile {
    if (this.#count > 0) this.#endMember();
    return { file: concatBytes(...this.#parts), members: this.#members, fileDigest: this.#file.hex(), recordsDigest: this.#records.hex() };
  }

  #endMember(): void {
    const plain = concatBytes(...this.#lines);
    const member = this.#gzip(plain);
    this.#records.update(plain);
    this.#file.update(member);
    this.#members.push({ bytes: plain.length, count: this.#count, first: this.#first, offset: this.#offset, size: member.length });
    this.#parts.push(member);
    this.#first += this.#count;
    this.#offset += member.length;
    this.#lines = [];
    this.#bytes = 0;
    this.#count = 0;
  }
}

/**
 * Writes the `.index.json` file: canonical JSON and LF.
 *
 * @param segment `frontier` is the compact range of [0, first), hex, left to right
 */
export function formatIndex(
  segment: { readonly chain: string; readonly first: number; readonly count: number; readonly frontier: readonly string[] },
  members: readonly Member[],
  engine: Engine,
): Uint8Array {
  const index = { ...segment, format: 'countersign/segment-index@1', members };
  return concatBytes(engine.canonicalize(index), utf8Encode('\n'));
}

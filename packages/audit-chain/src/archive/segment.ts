import { concatBytes } from '@countersign/proof-core/bytes/compare';
import type { Engine, Hasher } from '@countersign/proof-core/engine/engine';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { MAX_MEMBER_BYTES } from '../verify/segment/index-file.ts';
import { withRoom } from './room.ts';

const LF = 10;

/** Compresses bytes, which do not change before it is done, to one gzip member with a plain header (docs/spec/archive.md). */
export type GzipMember = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * Inflates the gzip member that starts at `offset`, wherever it ends.
 *
 * @param most uncompressed bytes; more are never inflated
 * @returns the bytes, and the length of the member; undefined when there is none with a plain header, or it is damaged or larger
 */
export type GunzipMember = (
  file: Uint8Array,
  offset: number,
  most: number,
) => { readonly bytes: Uint8Array; readonly size: number } | undefined;

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
  /** The `.jsonl.gz` file; in the builder's memory, and gone when that is used for the next segment. */
  readonly file: Uint8Array;
  readonly members: readonly Member[];
  /** SHA-256 of the stored file, hex. */
  readonly fileDigest: string;
  /** SHA-256 of the uncompressed lines, LF included, hex. */
  readonly recordsDigest: string;
}

/** Uncompressed bytes after which a member ends: small enough to inflate in one call, large enough to compress well. */
const MEMBER_BYTES = 2 ** 20;

/** Members that are compressed at once: on so many cores a sealer works. */
const AT_ONCE = 4;

/**
 * What a sealer writes segments in, one after the other: buffers of their size that are asked for each time anew leave the memory of a process in
 * pieces, and it grows with the chain.
 */
export class SegmentMemory {
  /** Buffers for lines, which no member is made of now. */
  readonly plain: Uint8Array[] = [];
  #file: Uint8Array = new Uint8Array(0);

  /** The first `length` bytes of the file. */
  file(length: number): Uint8Array {
    return this.#file.subarray(0, length);
  }

  /** Writes to the file, at the end of what there is. */
  write(bytes: Uint8Array, at: number): void {
    this.#file = withRoom(this.#file, at, at + bytes.length);
    this.#file.set(bytes, at);
  }
}

/**
 * Collects record lines into gzip members that hold whole lines, so that cores and machines can share the work of reading.
 *
 * The same records give the same members, whatever pieces they arrive in. Members are compressed side by side while more lines come.
 */
export class SegmentBuilder {
  readonly #gzip: GzipMember;
  readonly #records: Hasher;
  readonly #engine: Engine;
  readonly #memory: SegmentMemory;
  /** Members that are being compressed, and the buffers of their lines. */
  readonly #making: { readonly member: Promise<Uint8Array>; readonly buffer: Uint8Array }[] = [];
  readonly #sizes: number[] = [];
  #length = 0;
  readonly #members: Omit<Member, 'offset' | 'size'>[] = [];
  readonly #first: number;
  #next: number;
  #plain: Uint8Array;
  #bytes = 0;
  #count = 0;

  /**
   * @param first seq of the first record
   * @param memory of the segments before, where there are several; only one is built in it at a time
   */
  constructor(first: number, gzip: GzipMember, engine: Engine, memory: SegmentMemory = new SegmentMemory()) {
    this.#first = first;
    this.#next = first;
    this.#gzip = gzip;
    this.#engine = engine;
    this.#memory = memory;
    this.#plain = memory.plain.pop() ?? new Uint8Array(0);
    this.#records = engine.hasher();
  }

  /** Records so far. */
  get count(): number {
    return this.#next + this.#count - this.#first;
  }

  /** Adds record lines: each a record's bytes and LF; copied. */
  add(lines: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < lines.length;) {
      at = lines.indexOf(LF, at) + 1;
      this.#count++;
      if (this.#bytes + at - start < MEMBER_BYTES) continue;
      this.#copy(lines, start, at);
      this.#endMember();
      start = at;
    }
    this.#copy(lines, start, lines.length);
  }

  /** Resolves when there is room: less than four members are being compressed. */
  async room(): Promise<void> {
    while (this.#making.length >= AT_ONCE) await this.#takeMember();
  }

  /** Ends the file. */
  async finish(): Promise<SegmentFile> {
    if (this.#count > 0) this.#endMember();
    while (this.#making.length > 0) await this.#takeMember();
    const file = this.#memory.file(this.#length);
    let offset = 0;
    const members = this.#members.map((member, i): Member => {
      const size = this.#sizes[i]!;
      offset += size;
      return { ...member, offset: offset - size, size };
    });
    return { file, members, fileDigest: this.#engine.sha256Hex(file), recordsDigest: this.#records.hex() };
  }

  #copy(lines: Uint8Array, start: number, end: number): void {
    const length = this.#bytes + end - start;
    this.#plain = withRoom(this.#plain, this.#bytes, length, MEMBER_BYTES + 65_536);
    this.#plain.set(lines.subarray(start, end), this.#bytes);
    this.#bytes = length;
  }

  #endMember(): void {
    const buffer = this.#plain;
    const plain = buffer.subarray(0, this.#bytes);
    const member = Promise.resolve(this.#gzip(plain));
    // One that fails is reported by `room` or `finish`, not as a rejection that nobody waits for.
    member.catch(() => undefined);
    this.#making.push({ member, buffer });
    this.#records.update(plain);
    this.#members.push({ bytes: plain.length, count: this.#count, first: this.#next });
    this.#next += this.#count;
    // The compressor may still read this one; those that it is done with are used again.
    this.#plain = this.#memory.plain.pop() ?? new Uint8Array(0);
    this.#bytes = 0;
    this.#count = 0;
  }

  /** Takes the oldest member that is being compressed into the file. */
  async #takeMember(): Promise<void> {
    const { member, buffer } = this.#making[0]!;
    const bytes = await member;
    this.#making.shift();
    this.#memory.plain.push(buffer);
    this.#memory.write(bytes, this.#length);
    this.#sizes.push(bytes.length);
    this.#length += bytes.length;
  }
}

/**
 * Reads the members of a file that holds the same records, compressed by another version of the compressor or on another kind of
 * processor: what is in write-once storage cannot be written again, and is as good.
 *
 * @param made the file as it was made here
 * @param first seq of its first record
 * @returns the file that is there as a segment file; undefined when it holds anything else
 */
export function adoptFile(
  there: Uint8Array,
  made: Pick<SegmentFile, 'recordsDigest' | 'members'>,
  first: number,
  gunzip: GunzipMember,
  engine: Engine,
): SegmentFile | undefined {
  const count = made.members.reduce((sum, member) => sum + member.count, 0);
  const lines = engine.hasher();
  const members: Member[] = [];
  let seq = first;
  for (let offset = 0; offset < there.length;) {
    const read = gunzip(there, offset, MAX_MEMBER_BYTES);
    if (read === undefined || read.bytes.at(-1) !== LF) return undefined;
    const held = read.bytes.reduce((sum, byte) => sum + (byte === LF ? 1 : 0), 0);
    members.push({ bytes: read.bytes.length, count: held, first: seq, offset, size: read.size });
    lines.update(read.bytes);
    seq += held;
    offset += read.size;
    // A file of another segment, or a bomb, is not read to its end.
    if (seq > first + count) return undefined;
  }
  const recordsDigest = lines.hex();
  if (recordsDigest !== made.recordsDigest) return undefined;
  return { file: there, members, fileDigest: engine.sha256Hex(there), recordsDigest };
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

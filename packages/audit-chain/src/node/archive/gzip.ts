import { Buffer } from 'node:buffer';
import { constants, crc32, createDeflateRaw, gzipSync, inflateRawSync } from 'node:zlib';
import { withRoom } from '../../archive/room.ts';
import type { GunzipMember, GzipMember } from '../../archive/segment.ts';

// `1f 8b 08 00 00000000 00 ff`: no flags, no time, no system, so that the same bytes give the same member everywhere.
const HEADER = /* @__PURE__ */ Buffer.from('1f8b08000000000000ff', 'hex');
const TRAILER_BYTES = 8;
const OPTIONS = { level: 6, chunkSize: 65_536 } as const;

function plainHeader(member: Uint8Array): Uint8Array {
  member.set(HEADER.subarray(8), 8);
  return member;
}

/** Compresses to one gzip member with a plain header (RFC 1952 §2.3). */
export const gzipMember = (bytes: Uint8Array): Uint8Array => plainHeader(gzipSync(bytes, OPTIONS));

/**
 * A compressor on the threads that Node keeps for such work, which is used again: what zlib and its output take for each member anew leaves the
 * memory of a process in pieces that nobody gets together again.
 */
class Compressor {
  /** Each write is a whole stream: behind it comes a new one. */
  readonly #zlib = createDeflateRaw({ ...OPTIONS, flush: constants.Z_FINISH });
  #member: Uint8Array = new Uint8Array(4 * OPTIONS.chunkSize);
  #length = 0;

  constructor() {
    this.#zlib.on('data', (piece: Buffer) => this.#put(piece));
  }

  async compress(bytes: Uint8Array): Promise<Uint8Array> {
    this.#length = 0;
    this.#put(HEADER);
    await new Promise<void>((resolve, reject) => {
      this.#zlib.once('error', reject);
      this.#zlib.write(bytes, () => {
        this.#zlib.off('error', reject);
        resolve();
      });
    });
    this.#zlib.reset();
    const trailer = Buffer.alloc(TRAILER_BYTES);
    trailer.writeUInt32LE(crc32(bytes));
    trailer.writeUInt32LE(bytes.length % 2 ** 32, 4);
    this.#put(trailer);
    return this.#member.slice(0, this.#length);
  }

  #put(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    this.#member = withRoom(this.#member, this.#length, length);
    this.#member.set(bytes, this.#length);
    this.#length = length;
  }
}

/** Those that have nothing to do. */
const idle: Compressor[] = [];

/** As `gzipMember`, on the threads that Node keeps for such work: several members are compressed while the caller reads on. */
export const gzipMemberAside: GzipMember = async (bytes) => {
  const compressor = idle.pop() ?? new Compressor();
  // One that fails has no further use.
  const member = await compressor.compress(bytes);
  idle.push(compressor);
  return member;
};

/** Inflates one gzip member with a plain header out of a file that has no index (RFC 1952 §2.3). */
export const gunzipMember: GunzipMember = (file, offset, most) => {
  const from = file.subarray(offset);
  if (!HEADER.equals(from.subarray(0, HEADER.length))) return undefined;
  try {
    const inflated = inflateRawSync(from.subarray(HEADER.length), { info: true, maxOutputLength: most });
    const { buffer, engine } = inflated as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    const end = HEADER.length + engine.bytesWritten;
    const trailer = Buffer.from(from.subarray(end, end + TRAILER_BYTES));
    if (trailer.length < TRAILER_BYTES || trailer.readUInt32LE(4) !== buffer.length % 2 ** 32) return undefined;
    return trailer.readUInt32LE(0) === crc32(buffer) ? { bytes: buffer, size: end + TRAILER_BYTES } : undefined;
  } catch {
    return undefined;
  }
};

import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { crc32, gzip, gzipSync, inflateRawSync } from 'node:zlib';
import { release } from '../verify/inflater.ts';
import type { GunzipMember, GzipMember } from '../../archive/segment.ts';

// `1f 8b 08 00 00000000 00 ff`: no flags, no time, no system, so that the same bytes give the same member everywhere.
const HEADER = /* @__PURE__ */ Buffer.from('1f8b08000000000000ff', 'hex');
const TRAILER_BYTES = 8;
// One piece for what a member compresses to: pieces of 16 KiB are garbage by the thousand.
const OPTIONS = { level: 6, chunkSize: 524_288 } as const;

function plainHeader(member: Uint8Array): Uint8Array {
  member.set(HEADER.subarray(8), 8);
  return member;
}

/** Compresses to one gzip member with a plain header (RFC 1952 §2.3). */
export const gzipMember = (bytes: Uint8Array): Uint8Array => plainHeader(gzipSync(bytes, OPTIONS));

const compress = /* @__PURE__ */ promisify<Uint8Array, typeof OPTIONS, Uint8Array>(gzip);

/** As `gzipMember`, on the threads that Node keeps for such work: several members are compressed while the caller reads on. */
export const gzipMemberAside: GzipMember = async (bytes) => {
  const compressed = await compress(bytes, OPTIONS);
  // A copy of its own length: what zlib returns is a view of a whole piece.
  const member = plainHeader(Uint8Array.from(compressed));
  release(compressed);
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

import type { Inflater } from '../ports.ts';
import { crc32 } from './crc32.ts';

/** The ten bytes that start every member: no flags, no time, no extra level, unknown system (RFC 1952 §2.3). */
const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff] as const;
const TRAILER_BYTES = 8;

/** What became of one gzip member. */
export type ReadMember =
  | {
      readonly status: 'read';
      /** The lines from offset 1 on; offset 0 is spare. */ readonly bytes: Uint8Array;
      /** A form that the format does not allow. */ readonly form?: string;
    }
  | { readonly status: 'damaged' };

/**
 * Reads one gzip member of a segment file: the plain header, one deflate stream that fills the place between header and trailer, checksum
 * and length.
 *
 * @param member the bytes that the index says are the member
 * @param into a buffer for the lines: one spare byte, and the uncompressed length that the index says; more is never inflated
 */
export async function readMember(member: Uint8Array, into: Uint8Array, inflater: Inflater): Promise<ReadMember> {
  if (member.length < HEADER.length + TRAILER_BYTES) return { status: 'damaged' };
  const trailer = new DataView(member.buffer, member.byteOffset + member.length - TRAILER_BYTES, TRAILER_BYTES);
  const inflate = (from: number): Promise<boolean> =>
    inflater.inflateRaw(member.subarray(from, member.length - TRAILER_BYTES), into.subarray(1));
  // Behind a header with further fields the records are as they were: who finds one is told so, and not that they are lost.
  if (!(await inflate(HEADER.length)) && !(member[3] !== 0 && (await inflate(headerLength(member))))) return { status: 'damaged' };
  const form = formFault(member, trailer, into, inflater);
  return form === undefined ? { status: 'read', bytes: into } : { status: 'read', bytes: into, form };
}

const [CRC, EXTRA, NAME, COMMENT] = [2, 4, 8, 16] as const;

/** Where the deflate stream starts when there are the further fields that the flags announce (RFC 1952 §2.3.1). */
function headerLength(member: Uint8Array): number {
  const flags = member[3]!;
  let at: number = HEADER.length;
  if ((flags & EXTRA) !== 0) at += 2 + member[at]! + 256 * member[at + 1]!;
  for (const field of [NAME, COMMENT]) if ((flags & field) !== 0) at = member.indexOf(0, at) + 1 || member.length;
  return at + ((flags & CRC) === 0 ? 0 : 2);
}

function formFault(member: Uint8Array, trailer: DataView, into: Uint8Array, inflater: Inflater): string | undefined {
  const lines = into.subarray(1);
  if (HEADER.some((byte, i) => member[i] !== byte)) return 'the plain header';
  if (trailer.getUint32(0, true) !== (inflater.crc32?.(lines) ?? crc32(lines))) return 'the checksum of the lines';
  if (trailer.getUint32(4, true) !== lines.length) return 'the length of the lines';
  if (lines.at(-1) !== 10) return 'whole lines';
  return undefined;
}

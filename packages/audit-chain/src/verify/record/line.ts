import { hexDecode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { type PlacedLink, formatLink, readLink } from '@countersign/proof-core/record/link';

/** A line under suspicion: copied, hashed and read, so that it can wait for the line behind it. */
export interface Line {
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** Absent when the end of the line is not a link. */
  readonly link?: PlacedLink;
  /** `link.prev` as 32 bytes. */
  readonly prev?: Uint8Array;
  /** The record with one spare byte before it. */
  readonly bytes: Uint8Array;
}

/**
 * Copies and reads a line.
 *
 * @param hash its leaf hash, 32 bytes at `hashAt`; copied
 */
export function readLine(bytes: Uint8Array, start: number, end: number, hash: Uint8Array, hashAt: number): Line {
  const copy = new Uint8Array(end - start + 1);
  copy.set(bytes.subarray(start, end), 1);
  const link = readLink(copy, 1, copy.length);
  const base = { hash: hash.slice(hashAt, hashAt + 32), bytes: copy };
  return link === undefined ? base : { ...base, link, prev: hexDecode(link.prev, 32) };
}

/**
 * The hash that a line would have with another link: shows that nothing but the link was altered.
 *
 * @returns 32 bytes
 */
export function hashWithLink(line: Line, change: { readonly prev?: string; readonly seq?: number }, engine: Engine): Uint8Array {
  const link = line.link!;
  const tail = formatLink({ chain: link.chain, prev: change.prev ?? link.prev, seq: change.seq ?? link.seq, time: link.time });
  const bytes = new Uint8Array(link.at + tail.length);
  bytes.set(line.bytes.subarray(0, link.at));
  for (let i = 0; i < tail.length; i++) bytes[link.at + i] = tail.charCodeAt(i);
  const hash = new Uint8Array(32);
  engine.leafInto(bytes, 1, bytes.length, hash, 0);
  return hash;
}

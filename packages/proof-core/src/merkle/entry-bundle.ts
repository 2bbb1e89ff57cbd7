import { refuse } from '../errors.ts';
import { TILE_WIDTH } from './tile.ts';

/** The longest entry of a bundle, in bytes: its length is written in 16 bits (C2SP tlog-tiles). */
export const MAX_ENTRY_BYTES = 65_535;

/**
 * Writes an entry bundle: every entry after its length in two bytes, big-endian (C2SP tlog-tiles).
 *
 * @param entries 1 to 256, each at most 65,535 bytes
 * @throws ProofError ERR_ENTRY_BUNDLE
 * @example formatEntryBundle([record]) // Uint8Array [0, record.length, …record]
 */
export function formatEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0 || entries.length > TILE_WIDTH) refuse('ERR_ENTRY_BUNDLE', 'entries', '1 to 256', entries.length);
  let length = 0;
  for (const [i, entry] of entries.entries()) {
    if (entry.length > MAX_ENTRY_BYTES) refuse('ERR_ENTRY_BUNDLE', `entries[${i}]`, `at most ${MAX_ENTRY_BYTES} bytes`, entry.length);
    length += 2 + entry.length;
  }
  const bundle = new Uint8Array(length);
  const view = new DataView(bundle.buffer);
  let at = 0;
  for (const entry of entries) {
    view.setUint16(at, entry.length);
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}

/**
 * Reads an entry bundle, strictly: exactly `width` entries and no byte after them (C2SP tlog-tiles).
 *
 * @param bytes the bundle, decompressed
 * @param width entries it must have, 1 to 256: what its path and the checkpoint's size say
 * @returns views of `bytes`, not copies
 * @throws ProofError ERR_ENTRY_BUNDLE; RangeError when `width` is out of range
 * @example parseEntryBundle(bytes, 112).map((entry) => hashLeaf(entry)) // the hashes of the level 0 tile
 */
export function parseEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) throw new RangeError(`width: expected 1 to 256, got ${width}`);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width) {
    const begin = at + 2;
    if (begin > bytes.length) refuse('ERR_ENTRY_BUNDLE', 'entries', width, entries.length);
    at = begin + bytes[at]! * 256 + bytes[at + 1]!;
    if (at > bytes.length) refuse('ERR_ENTRY_BUNDLE', `entries[${entries.length}]`, `${at - begin} bytes`, bytes.length - begin);
    entries.push(bytes.subarray(begin, at));
  }
  if (at !== bytes.length) refuse('ERR_ENTRY_BUNDLE', 'entries', `no byte after entry ${width - 1}`, `${bytes.length - at} bytes`);
  return entries;
}

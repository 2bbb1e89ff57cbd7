import { ProofError } from '@countersign/proof-core/errors';
import { canonicalEnd } from '@countersign/proof-core/json/check';
import { KEYS, OPEN, checkValue, matches } from './members.ts';

/** The event is an object within the record's. */
const DEPTH = 2;

/**
 * Tells in one pass whether a record is canonical JSON with exactly the members of `countersign/record@1`, each by its rule.
 *
 * Every value is walked once; what stands around the values is compared with the bytes that it must be, so that no other byte is left over. The
 * link behind the event has been compared byte by byte already.
 *
 * @param bytes the record begins at `start`, is valid UTF-8, and its link has been read
 * @param view over the same bytes
 * @param linkAt offset of the comma before `"link"`
 * @returns false for every other record; what is wrong, `checkCanonicalForm` and `checkMembers` say
 * @see architecture §3.1, docs/spec/record.md
 * @example hasForm(bytes, view, start, reader.at, seq)
 */
export function hasForm(bytes: Uint8Array, view: DataView, start: number, linkAt: number, seq: number): boolean {
  if (!matches(bytes, start, OPEN)) return false;
  let at = start + OPEN.length;
  try {
    for (let i = 0; i < KEYS.length; i++) {
      const key = KEYS[i]!;
      if (!matches(bytes, at, key.bytes)) {
        if (key.required) return false;
        continue;
      }
      const value = at + key.bytes.length;
      const end = canonicalEnd(bytes, view, value, linkAt, DEPTH, start);
      if (end >= linkAt || checkValue(bytes, view, value, end, key.name, seq) !== undefined) return false;
      if (bytes[end] !== (i === KEYS.length - 1 ? 0x7d : 0x2c)) return false;
      at = end + 1;
    }
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return false;
  }
  return at === linkAt;
}

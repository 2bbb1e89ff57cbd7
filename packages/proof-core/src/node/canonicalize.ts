import { canonicalize as canonicalizePortably } from '../json/canonicalize.ts';
import { rootSite } from './canonical-shape.ts';
import { NO_ROOM, Target, growScratch, openScratch, trimScratch } from './canonical-target.ts';
import { writeValue } from './canonical-value.ts';

// The scratch and the caches serve one call at a time: a getter in a value may call again.
let busy = false;

/** The targets of callers' memory, so that a buffer used again costs no new views. */
const targets = new WeakMap<Uint8Array<ArrayBuffer>, Target>();

/**
 * Writes a value as RFC 8785 canonical JSON, strictly: same bytes and errors as the portable writer in `json/canonicalize`, straight into memory.
 *
 * It remembers the keys and their order of objects it met (at most about a megabyte), never values.
 *
 * @param value null, booleans, numbers, strings, arrays and plain objects of these
 * @returns the bytes, the caller's own
 * @throws ProofError as `json/canonicalize`
 * @see RFC 8785 §3.2; docs/spec/canonical-json.md
 * @example canonicalize({ b: 1, a: 'é' }) // the UTF-8 bytes of {"a":"é","b":1}
 */
export function canonicalize(value: unknown): Uint8Array<ArrayBuffer> {
  if (busy || isPolluted()) return canonicalizePortably(value);
  for (let target: Target | undefined = openScratch(); target !== undefined; target = growScratch()) {
    const end = write(value, target, 0);
    if (end >= 0) {
      const copy = target.plain.slice(0, end);
      trimScratch();
      return copy;
    }
    if (end !== NO_ROOM) break;
  }
  trimScratch();
  return canonicalizePortably(value);
}

/**
 * Writes a value as `canonicalize` does, into the caller's memory: for a hot path that fills one buffer with many records.
 *
 * @param value as for `canonicalize`
 * @param into where to write; bytes from `at` to its end may be overwritten, also beyond what is returned and when this throws
 * @param at offset of the first byte
 * @returns the offset after the last byte, or -1 if it does not fit
 * @throws ProofError as `canonicalize`
 * @example const end = canonicalizeInto({ a: 1 }, buffer, 1)
 */
export function canonicalizeInto(value: unknown, into: Uint8Array<ArrayBuffer>, at: number): number {
  if (!(Number.isInteger(at) && at >= 0 && at <= into.length)) throw new RangeError(`${at} is not within ${into.length} bytes`);
  // The length of a buffer that was transferred away is 0.
  if (into.length > 0 && !busy && !isPolluted()) {
    let target = targets.get(into);
    if (target === undefined || target.size !== into.length)
      targets.set(into, (target = new Target(into.buffer, into.byteOffset, into.length)));
    const end = write(value, target, at);
    if (end >= 0) return end;
  }
  // Refused, or within the writer's reserve of the end of the buffer: rare, so it may cost a copy.
  const bytes = canonicalize(value);
  if (bytes.length > into.length - at) return -1;
  into.set(bytes, at);
  return at + bytes.length;
}

function write(value: unknown, target: Target, at: number): number {
  busy = true;
  try {
    return writeValue(value, rootSite(), target, at, 0);
  } finally {
    busy = false;
  }
}

/** Whether somebody added members to the prototypes of all objects or arrays; the fast writer could take them for a value's own. */
function isPolluted(): boolean {
  // eslint-disable-next-line guard-for-in -- inherited members are what it looks for
  for (const _ in Object.prototype) return true;
  return Array.prototype.length !== 0;
}

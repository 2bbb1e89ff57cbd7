import { isTimeAt } from '@countersign/proof-core/record/time';
import { EVENT_TYPE, RESERVED_TYPES, isReservedType } from '../../record/types.ts';
import type { FindingCode } from '../codes.ts';
import { stringEnd, stringLength, valueEnd } from './skip.ts';

/** What breaks a rule of the record. */
export interface MemberFault {
  readonly code: FindingCode & ('RECORD_FORM' | 'RESERVED_TYPE');
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
/** How every record begins. */
export const OPEN: Uint8Array = /* @__PURE__ */ ascii('{"event":{');
/** The members of an event in the order in which canonical JSON has them. */
export const KEYS: readonly { readonly name: string; readonly bytes: Uint8Array; readonly required: boolean }[] = /* @__PURE__ */ [
  { name: 'actor', bytes: ascii('"actor":'), required: true },
  { name: 'id', bytes: ascii('"id":'), required: true },
  { name: 'occurred_at', bytes: ascii('"occurred_at":'), required: false },
  { name: 'payload', bytes: ascii('"payload":'), required: true },
  { name: 'private', bytes: ascii('"private":'), required: false },
  { name: 'subject', bytes: ascii('"subject":'), required: false },
  { name: 'trace', bytes: ascii('"trace":'), required: false },
  { name: 'type', bytes: ascii('"type":'), required: true },
];
const DIGEST = /* @__PURE__ */ ascii('{"digest":"');
function fault(field: string, expected: string, actual = 'something else'): MemberFault {
  return { code: 'RECORD_FORM', field, expected, actual };
}

/** Tells whether bytes stand at an offset. */
export function matches(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/**
 * Checks that a record has exactly the members of `countersign/record@1`, each by its rule, without parsing it.
 *
 * @param bytes the record at [start, end) is canonical JSON and its link has been read
 * @param view over the same bytes
 * @param linkAt offset of the comma before `"link"`
 * @returns the first fault, or undefined
 * @see architecture §3.1, docs/spec/record.md
 */
export function checkMembers(bytes: Uint8Array, view: DataView, start: number, linkAt: number, seq: number): MemberFault | undefined {
  if (!matches(bytes, start, OPEN)) return fault('event', 'an event first');
  let at = start + OPEN.length;
  for (let i = 0; i < KEYS.length; i++) {
    const key = KEYS[i]!;
    if (!matches(bytes, at, key.bytes)) {
      if (key.required)
        return fault(`event.${key.name}`, key.name === 'actor' ? 'this member first' : 'this member, or one allowed before it', 'another');
      continue;
    }
    const value = at + key.bytes.length;
    const end = valueEnd(bytes, view, value, linkAt);
    const wrong = checkValue(bytes, view, value, end, key.name, seq);
    if (wrong !== undefined) return wrong;
    const last = i === KEYS.length - 1;
    if (bytes[end] !== (last ? 0x7d : 0x2c)) return fault('event', last ? 'no member after type' : 'a member after this one', 'another');
    at = end + 1;
  }
  return at === linkAt ? undefined : fault('record', 'event and link only', 'another member');
}

/** Judges the value bytes[at, end) of a member of the event, which is canonical JSON. */
export function checkValue(bytes: Uint8Array, view: DataView, at: number, end: number, name: string, seq: number): MemberFault | undefined {
  const field = `event.${name}`;
  if (name === 'payload') return bytes[at] === 0x7b ? undefined : fault(field, 'an object');
  if (name === 'private') return bytes[at] === 0x7b ? checkPrivate(bytes, view, at, end) : fault(field, 'an object');
  if (bytes[at] !== 0x22) return fault(field, 'a string');
  if (name === 'id') return isUuidAt(bytes, at + 1, end - 1) ? undefined : fault(field, 'a lower-case UUID of 36 characters');
  if (name === 'occurred_at') {
    return end - at === 26 && isTimeAt(bytes, at + 1) ? undefined : fault(field, 'RFC 3339 UTC with milliseconds');
  }
  const written = end - at - 2;
  // What an escape stands for is shorter than the escape.
  const length = written <= 200 ? written : stringLength(bytes, at + 1, end - 1);
  if (length < 1 || length > 200) return fault(field, 'a string of 1–200 bytes', `${length} bytes`);
  return name === 'type' ? checkType(bytes, at + 1, end - 1, seq) : undefined;
}

/** The type that was checked last: types repeat, and comparing is cheaper than checking. */
let passed = new Uint8Array(0) as Uint8Array;

function checkType(bytes: Uint8Array, start: number, end: number, seq: number): MemberFault | undefined {
  if (seq > 0 && end - start === passed.length && matches(bytes, start, passed)) return undefined;
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  if (!EVENT_TYPE.test(text)) return fault('event.type', 'a dotted lower-case verb');
  if ((text === 'chain.created') !== (seq === 0)) {
    const expected = seq === 0 ? 'chain.created' : 'chain.created only at record 0';
    return { code: 'RESERVED_TYPE', field: 'event.type', expected, actual: text };
  }
  if (isReservedType(text) && !(RESERVED_TYPES as readonly string[]).includes(text)) {
    return { code: 'RESERVED_TYPE', field: 'event.type', expected: 'a type that the library writes', actual: text };
  }
  if (seq > 0) passed = bytes.slice(start, end);
  return undefined;
}

/** `{"name":{"digest":"<64 hex>"},…}` with names of 1–200 bytes. */
function checkPrivate(bytes: Uint8Array, view: DataView, at: number, end: number): MemberFault | undefined {
  const wrong = fault('event.private', 'names, each with {"digest":<64 hex>}');
  at++;
  if (bytes[at] === 0x7d) return wrong;
  while (at < end) {
    const close = stringEnd(bytes, view, at + 1, end);
    const length = stringLength(bytes, at + 1, close);
    if (length < 1 || length > 200 || !matches(bytes, close + 2, DIGEST)) return wrong;
    const hexAt = close + 2 + DIGEST.length;
    if (!areHex(bytes, hexAt, hexAt + 64) || bytes[hexAt + 64] !== 0x22 || bytes[hexAt + 65] !== 0x7d) return wrong;
    at = hexAt + 67;
  }
  return undefined;
}

/** 0 for a lower-case hex digit: a table, because digits and letters come in no order that a processor could guess. */
const NOT_HEX = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 102) ? 0 : 1,
);

function areHex(bytes: Uint8Array, start: number, end: number): boolean {
  let other = 0;
  for (let i = start; i < end; i++) other |= NOT_HEX[bytes[i]!]!;
  return other === 0;
}

function isUuidAt(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 36) return false;
  if (bytes[start + 8] !== 0x2d || bytes[start + 13] !== 0x2d || bytes[start + 18] !== 0x2d || bytes[start + 23] !== 0x2d) return false;
  return (
    areHex(bytes, start, start + 8) &&
    areHex(bytes, start + 9, start + 13) &&
    areHex(bytes, start + 14, start + 18) &&
    areHex(bytes, start + 19, start + 23) &&
    areHex(bytes, start + 24, end)
  );
}

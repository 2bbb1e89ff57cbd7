import { concatBytes, equalBytes } from '../bytes/compare.ts';
import { ProofError } from '../errors.ts';

/** DER tags that key and signature encodings use (X.690 §8). */
export const DER = { INTEGER: 0x02, BIT_STRING: 0x03, NULL: 0x05, OID: 0x06, SEQUENCE: 0x30 } as const;

function refuse(field: string, expected: string, actual: string | number): never {
  throw new ProofError('ERR_DER', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

/**
 * Reads one DER value (X.690 §10.1): definite length in its shortest form, at most 65,535 bytes.
 *
 * @param bytes what holds the value
 * @param at where its tag stands
 * @param tag the tag it must have
 * @param field what to call the value in an error
 * @returns the offsets of its content: `[start, end)`
 * @throws ProofError ERR_DER
 * @example readDer(Uint8Array.of(2, 1, 5), 0, DER.INTEGER, 'n') // { start: 2, end: 3 }
 */
export function readDer(bytes: Uint8Array, at: number, tag: number, field: string): { start: number; end: number } {
  if (bytes[at] !== tag) refuse(field, `DER tag ${tag} at ${at}`, bytes[at] ?? 'the end');
  let start = at + 2;
  let length = bytes[at + 1] ?? refuse(field, 'a DER length', 'the end');
  if (length > 0x80) {
    const count = length - 0x80;
    if (count > 2 || at + 2 + count > bytes.length) refuse(field, 'a DER length of at most 65535', `${count} length bytes`);
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + bytes[start++]!;
    if (length < (count === 1 ? 0x80 : 0x100)) refuse(field, 'the shortest DER length', length);
  } else if (length === 0x80) {
    refuse(field, 'a definite DER length', 'an indefinite one');
  }
  if (start + length > bytes.length) refuse(field, `${length} bytes of content`, bytes.length - start);
  return { start, end: start + length };
}

/**
 * Writes one DER value with its shortest length.
 *
 * @param tag one byte
 * @param content its parts, put one behind the other
 * @throws RangeError content longer than 65,535 bytes
 * @example writeDer(DER.INTEGER, Uint8Array.of(5)) // Uint8Array [2, 1, 5]
 */
export function writeDer(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of content) length += part.length;
  if (length > 0xffff) throw new RangeError('DER content longer than 65535 bytes');
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return concatBytes(Uint8Array.from(head), ...content);
}

/**
 * Writes an unsigned big-endian number as a DER INTEGER: no superfluous zero, and one where the top bit is set (X.690 §8.3).
 *
 * @param number big-endian, with or without leading zeros
 * @example writeUnsigned(Uint8Array.of(0, 128)) // Uint8Array [2, 2, 0, 128]
 */
export function writeUnsigned(number: Uint8Array): Uint8Array {
  const bare = stripZeros(number);
  return writeDer(DER.INTEGER, bare.length === 0 || bare[0]! >= 0x80 ? Uint8Array.of(0) : Uint8Array.of(), bare);
}

/**
 * Reads a DER INTEGER that is not negative.
 *
 * @param bytes what holds the value
 * @param at where its tag stands
 * @param field what to call the value in an error
 * @returns its big-endian bytes without leading zeros, and where the value ends
 * @throws ProofError ERR_DER
 * @example readUnsigned(Uint8Array.of(2, 2, 0, 128), 0, 'r') // { number: Uint8Array [128], end: 4 }
 */
export function readUnsigned(bytes: Uint8Array, at: number, field: string): { number: Uint8Array; end: number } {
  const { start, end } = readDer(bytes, at, DER.INTEGER, field);
  const number = stripZeros(bytes.subarray(start, end));
  // Writing it back is the whole test: a negative, empty or zero-padded integer comes out differently.
  if (!equalBytes(writeUnsigned(number), bytes.subarray(at, end))) refuse(field, 'a shortest unsigned DER integer', 'another form');
  return { number, end };
}

function stripZeros(number: Uint8Array): Uint8Array {
  let zeros = 0;
  while (zeros < number.length && number[zeros] === 0) zeros++;
  return number.subarray(zeros);
}

/**
 * Turns an ECDSA signature in DER (RFC 3279 §2.2.3, what KMS and OpenSSL give) into the form JOSE uses: r ‖ s (RFC 7518 §3.4).
 *
 * @param der SEQUENCE of two integers, strictly DER, nothing after it
 * @param size bytes of r and of s: 32 for ES256, 48 for ES384
 * @returns `2 * size` bytes
 * @throws ProofError ERR_DER
 * @example joseSignature(kmsSignature, 32)
 */
export function joseSignature(der: Uint8Array, size: number): Uint8Array {
  const field = 'signature';
  const { start, end } = readDer(der, 0, DER.SEQUENCE, field);
  const r = readUnsigned(der, start, field);
  const s = readUnsigned(der, r.end, field);
  if (s.end !== end || end !== der.length) refuse(field, 'two integers and no more', `${der.length} bytes`);
  if (r.number.length > size || s.number.length > size) refuse(field, `integers of at most ${size} bytes`, 'a longer one');
  const raw = new Uint8Array(2 * size);
  raw.set(r.number, size - r.number.length);
  raw.set(s.number, 2 * size - s.number.length);
  return raw;
}

/**
 * Turns a JOSE ECDSA signature (r ‖ s) into DER, e.g. for a C2SP note signature of type 0x02.
 *
 * @param raw 64 bytes for ES256, 96 for ES384
 * @returns a DER SEQUENCE of two integers
 * @throws ProofError ERR_DER another length
 * @example derSignature(joseSignature(der, 32)) // der again
 */
export function derSignature(raw: Uint8Array): Uint8Array {
  if (raw.length !== 64 && raw.length !== 96) refuse('signature', '64 or 96 bytes', raw.length);
  const size = raw.length / 2;
  return writeDer(DER.SEQUENCE, writeUnsigned(raw.subarray(0, size)), writeUnsigned(raw.subarray(size)));
}

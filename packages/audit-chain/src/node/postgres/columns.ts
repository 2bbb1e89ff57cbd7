import type { Buffer } from 'node:buffer';
import { readLink } from '@countersign/proof-core/record/link';
import { ChainError } from '../../errors.ts';
import type { Finding } from '../../verify/finding.ts';
import type { PutRow } from './copy-out.ts';

/** What follows the digits of `seq` in a record: `,"time":"…"}}`. */
const BEHIND_SEQ = ',"time":"2026-11-21T03:12:00.123Z"}}'.length;
const COLON = 0x3a;
const LINE_FEED = 10;
/** What COPY's binary format begins with: `PGCOPY\n\xff\r\n\0`, flags and the length of an extension, both 0. */
const SIGNATURE = [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/** A row: 2 fields, the first of 8 bytes. */
const [FIELDS, SEQ_BYTES, END] = [2, 8, -1];
/** Count of fields, length and value of `seq`, length of `record`. */
const HEAD_BYTES = 2 + 4 + 8 + 4;

/**
 * The statement whose rows `readColumns` takes apart.
 *
 * @param rows which ones, in which order: what follows `where`
 * @example copyColumns('chain = 1 order by seq')
 */
export const copyColumns = (rows: string): string =>
  `copy (select seq, record from countersign.record where ${rows}) to stdout (format binary)`;

/** Rows of the columns seq and record as they are taken apart. */
export interface Columns {
  /** Rows so far. */
  readonly count: number;
  /** The number of the last one. */
  readonly last: number;
  /** Writes the record of a row as a line; throws ChainError ERR_STORE for other bytes than the server sends. */
  readonly put: PutRow;
}

/**
 * Takes the column `seq` off the rows of `copyColumns` and compares it with the number at the end of the
 * record, digit by digit.
 *
 * No record holds a control character. A line feed inside a row becomes NUL, which no text of PostgreSQL holds: the row stays one line, and its
 * hash cannot be that of anything that was stored.
 *
 * @param add takes `COLUMN_DIFFERS`
 * @see PostgreSQL documentation, COPY, "Binary Format"
 * @example copyOut(client, text, readColumns(add).put, 1 << 20)
 */
export function readColumns(add: (finding: Finding) => void): Columns {
  let started = false;
  const columns = {
    count: 0,
    last: -1,
    put(bytes: Buffer, start: number, end: number, into: Buffer, at: number): number {
      if (!started) {
        if (SIGNATURE.some((byte, i) => bytes[start + i] !== byte)) refuse();
        started = true;
        start += SIGNATURE.length;
      }
      if (end - start === 2 && bytes.readInt16BE(start) === END) return at;
      const from = start + HEAD_BYTES;
      if (from > end || bytes.readInt16BE(start) !== FIELDS || bytes.readInt32BE(start + 2) !== SEQ_BYTES) refuse();
      if (bytes.readInt32BE(start + 14) !== end - from) refuse();
      const seq = bytes.readInt32BE(start + 6) * 2 ** 32 + bytes.readUInt32BE(start + 10);
      columns.count++;
      columns.last = seq;
      if (!endsWith(bytes, from, end, seq)) differs(bytes, from, end, seq, add);
      bytes.copy(into, at, from, end);
      const last = at + end - from;
      into[last] = LINE_FEED;
      for (let feed = into.indexOf(LINE_FEED, at); feed < last; feed = into.indexOf(LINE_FEED, feed)) into[feed] = 0;
      return last + 1;
    },
  };
  return columns;
}

/** Tells whether a record ends with this number and a time. */
function endsWith(bytes: Buffer, start: number, end: number, seq: number): boolean {
  let at = end - BEHIND_SEQ;
  do {
    const digit = seq % 10;
    if (--at < start || bytes[at]! - 48 !== digit) return false;
    seq = (seq - digit) / 10;
  } while (seq > 0);
  return bytes[at - 1] === COLON;
}

function differs(bytes: Buffer, start: number, end: number, seq: number, add: (finding: Finding) => void): void {
  const link = readLink(bytes, start, end);
  // A record without a link is altered: the scan says so.
  if (link !== undefined) add({ code: 'COLUMN_DIFFERS', seq, field: 'seq', expected: link.seq, actual: seq });
}

function refuse(): never {
  throw new ChainError('ERR_STORE', 'the database sent other rows than were asked for', { field: 'row', expected: 'seq, record' });
}

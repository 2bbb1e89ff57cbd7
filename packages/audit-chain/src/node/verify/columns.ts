import type { Buffer } from 'node:buffer';
import { readLink } from '@countersign/proof-core/record/link';
import type { Finding } from '../../verify/finding.ts';

/** What follows the digits of `seq` in a record, and the line feed: `,"time":"…"}}`. */
const BEHIND_SEQ = ',"time":"2026-11-21T03:12:00.123Z"}}\n'.length;
const TAB = 9;
const COLON = 0x3a;

/** Rows of the columns seq and record as they are taken apart. */
export interface Columns {
  /** Rows so far. */
  readonly count: number;
  /** The number of the last one. */
  readonly last: number;
  /** Writes the record of a row to `into` at `at`; gives the offset behind it. */
  readonly put: (row: Buffer, into: Buffer, at: number) => number;
}

/**
 * Takes the column `seq` off rows of `seq TAB record LF` and compares it with the number at the end of the record, byte by byte.
 *
 * @param add takes `COLUMN_DIFFERS`
 * @example copyOut(client, text, readColumns(add).put, 1 << 20)
 */
export function readColumns(add: (finding: Finding) => void): Columns {
  const columns = {
    count: 0,
    last: -1,
    put(row: Buffer, into: Buffer, at: number): number {
      const tab = row.indexOf(TAB);
      columns.count++;
      let seq = 0;
      for (let i = 0; i < tab; i++) seq = seq * 10 + row[i]! - 48;
      columns.last = seq;
      const digits = row.length - BEHIND_SEQ - tab;
      let same = row[digits - 1] === COLON;
      for (let i = 0; i < tab && same; i++) same = row[digits + i] === row[i];
      if (!same) differs(row, tab, seq, add);
      row.copy(into, at, tab + 1);
      return at + row.length - tab - 1;
    },
  };
  return columns;
}

function differs(row: Buffer, tab: number, seq: number, add: (finding: Finding) => void): void {
  const link = readLink(row, tab + 1, row.length - 1);
  // A record without a link is altered: the scan says so.
  if (link !== undefined) add({ code: 'COLUMN_DIFFERS', seq, field: 'seq', expected: link.seq, actual: seq });
}

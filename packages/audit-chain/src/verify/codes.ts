import { ARCHIVE_FINDINGS, type ArchiveCode } from './codes/archive.ts';
import { DOCUMENT_FINDINGS, type DocumentCode } from './codes/document.ts';
import { EXPORT_FINDINGS, type ExportCode } from './codes/export.ts';
import type { FindingKind } from './codes/kind.ts';
import { LOCK_FINDINGS, type LockCode } from './codes/lock.ts';
import { RECORDS_FINDINGS, type RecordCode } from './codes/records.ts';
import { TRUST_FINDINGS, type TrustCode } from './codes/trust.ts';

export type { Axis, FindingExit, FindingKind } from './codes/kind.ts';

/** A stable code of a finding. */
export type FindingCode = ArchiveCode | DocumentCode | ExportCode | LockCode | RecordCode | TrustCode;

/**
 * Every code that a report can hold; `docs/findings.md` lists the same (a test keeps them equal).
 *
 * @see docs/spec/report.md
 */
export const FINDINGS: { readonly [code in FindingCode]: FindingKind } = {
  ...ARCHIVE_FINDINGS,
  ...DOCUMENT_FINDINGS,
  ...EXPORT_FINDINGS,
  ...LOCK_FINDINGS,
  ...RECORDS_FINDINGS,
  ...TRUST_FINDINGS,
};

const TELLING = [
  'CHAIN',
  'RECORD',
  'ID',
  'HEAD',
  'TAIL',
  'SEGMENT',
  'MEMBER',
  'TIME',
  'RESERVED',
  'RECEIPT',
  'EXTRACT',
  'EVIDENCE',
  'MANIFEST',
  'CHECKPOINT',
  'SIGNER',
];

/**
 * Orders codes for people: by exit code in the order of precedence, then what names records before what names files and digests.
 *
 * @returns negative, 0 or positive, as for `Array.sort`
 * @example codes.sort(compareCodes)
 */
export function compareCodes(a: FindingCode, b: FindingCode): number {
  return rankOf(a) - rankOf(b);
}

function rankOf(code: FindingCode): number {
  const telling = TELLING.indexOf(code.slice(0, code.indexOf('_')));
  const exit = [10, 11, 13, 14, 12, 0].indexOf(FINDINGS[code].exit);
  const form = FINDINGS[code].axis === 'form' ? 0.5 : 0;
  return exit * 100 + (telling < 0 ? TELLING.length : telling) + form;
}

/**
 * What a code means and does.
 *
 * @example findingKind('RECORD_MODIFIED').exit // 10
 */
export function findingKind(code: FindingCode): FindingKind {
  return FINDINGS[code];
}

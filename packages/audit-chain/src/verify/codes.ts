import { ARCHIVE_FINDINGS, type ArchiveCode } from './codes/archive.ts';
import type { FindingKind } from './codes/kind.ts';
import { RECORDS_FINDINGS, type RecordCode } from './codes/records.ts';
import { TRUST_FINDINGS, type TrustCode } from './codes/trust.ts';

export type { Axis, FindingExit, FindingKind } from './codes/kind.ts';

/** A stable code of a finding. */
export type FindingCode = ArchiveCode | RecordCode | TrustCode;

/**
 * Every code that a report can hold; `docs/findings.md` lists the same (a test keeps them equal).
 *
 * @see docs/spec/report.md
 */
export const FINDINGS: { readonly [code in FindingCode]: FindingKind } = { ...ARCHIVE_FINDINGS, ...RECORDS_FINDINGS, ...TRUST_FINDINGS };

/**
 * What a code means and does.
 *
 * @example findingKind('RECORD_MODIFIED').exit // 10
 */
export function findingKind(code: FindingCode): FindingKind {
  return FINDINGS[code];
}

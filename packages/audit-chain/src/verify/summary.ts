import { compareCodes, findingKind } from './codes.ts';
import type { FindingList } from './finding.ts';
import type { Report } from './report.ts';

/** What the one sentence is made of. */
export interface SummaryParts {
  readonly source: Report['source'];
  readonly exitCode: Report['exitCode'];
  readonly chain: string | undefined;
  readonly verified: Report['range']['verified'];
  readonly partial: boolean;
  readonly completeness: Report['axes']['completeness'];
  readonly head: Report['head'];
  readonly findings: FindingList;
}

/**
 * Writes the verdict line: it names the chain, says what was verified and, for a part, never that the whole was.
 */
export function summaryOf(parts: SummaryParts): string {
  const { exitCode, verified, findings } = parts;
  const chain = parts.chain ?? 'no chain';
  const read = verified === undefined ? 'no record read' : `records ${verified.from} to ${verified.to}`;
  if (exitCode === 0 && verified !== undefined) return verifiedSummary(parts, chain, verified);
  const leading = leadingClass(findings, exitCode);
  switch (exitCode) {
    case 10:
      return `${chain}: NOT intact: ${leading} (${read}).`;
    case 11:
      return `${chain}: signer not trusted: ${leading} (${read}).`;
    case 13:
      return `${chain}: write-once policy not met: ${leading} (${read}).`;
    case 14:
      return `${chain}: could not be read: ${leading} (${read}).`;
    default:
      return `${chain}: inconclusive: ${leading} (${read}).`;
  }
}

function verifiedSummary(parts: SummaryParts, chain: string, verified: NonNullable<SummaryParts['verified']>): string {
  const { source, partial, completeness, head } = parts;
  if (source === 'receipt') return `${chain}: receipt verified: record ${verified.to} is in the signed log, byte for byte.`;
  if (source === 'extract')
    return `${chain}: extract verified: records ${verified.from} to ${verified.to} are in the signed log, without a gap; nothing is said about others.`;
  if (source === 'evidence')
    return `${chain}: evidence verified: ${verified.count} ${verified.count === 1 ? 'record is' : 'records are'} in the signed log, byte for byte; that no other matches is the exporter's word.`;
  if (partial)
    return `${chain}: part of the chain checked: records ${verified.from} to ${verified.to} are intact; nothing is said about others.`;
  const end = completeness === 'pinned' ? 'and continues the pinned checkpoint; ' : '';
  const hash = head === undefined ? '' : ` Head ${head.hash}.`;
  return `${chain}: Audit chain verified: intact through record ${verified.to}; ${end}later records cannot be excluded.${hash}`;
}

/** The classes of the findings that decide the verdict, each once, the first three. */
export function leadingClass(findings: FindingList, exitCode: number): string {
  const classes = new Set<string>();
  for (const code of [...findings.counts.keys()].sort(compareCodes))
    if (findingKind(code).exit === exitCode) classes.add(findingKind(code).class);
  const [...names] = classes;
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and more` : names.join(', ');
}

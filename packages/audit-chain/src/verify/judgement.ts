import type { FindingList } from './finding.ts';
import type { Report } from './report.ts';
import { leadingClass } from './summary.ts';
import { exitCodeOf, verdictOf } from './verdict.ts';

/** What judging something other than a chain came to: a document, two checkpoints, evidence, a registry (docs/spec/report.md §6). */
export interface Judgement extends Pick<Report, 'schemaVersion' | 'verdict' | 'exitCode' | 'summary' | 'findings' | 'findingCounts'> {
  readonly kind: 'checkpoint' | 'document' | 'evidence' | 'registry';
  /** What was read, in the order for people; verified or not. */
  readonly facts: { readonly [name: string]: string | number | readonly string[] };
}

/**
 * Makes a judgement: exit code and verdict follow from the findings.
 *
 * @param good the summary when nothing was found; else the meaning of what decides the verdict comes after `subject`
 */
export function judgementOf(
  kind: Judgement['kind'],
  { subject, good, bad }: { readonly subject: string; readonly good: string; readonly bad: string },
  facts: Judgement['facts'],
  findings: FindingList,
): Judgement {
  const exitCode = exitCodeOf(findings);
  return {
    schemaVersion: 1,
    kind,
    verdict: verdictOf(exitCode, false),
    exitCode,
    summary: `${subject}: ${exitCode === 0 ? good : `${bad}: ${leadingClass(findings, exitCode)}`}.`,
    facts,
    findings: findings.kept,
    findingCounts: Object.fromEntries([...findings.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

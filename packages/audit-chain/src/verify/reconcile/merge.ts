import { FindingList } from '../finding.ts';
import type { Axes, Outcome, Report } from '../report.ts';
import { summaryOf } from '../summary.ts';
import { exitCodeOf, verdictOf } from '../verdict.ts';

/**
 * One report of a database, its archive and what was found when they were compared: that of the database, with all findings and the worse of each
 * axis.
 *
 * @param compared the findings of the comparison
 * @example mergeReports(live, sealed, findings)
 */
export function mergeReports(database: Report, archive: Report, compared: FindingList, maxFindings?: number): Report {
  const findings = new FindingList(maxFindings);
  for (const { findings: kept, findingCounts } of [database, archive]) {
    const counts = new Map(Object.entries(findingCounts)) as ReturnType<FindingList['dump']>['counts'];
    findings.addAll(FindingList.from({ kept, counts }, maxFindings));
  }
  findings.addAll(compared);
  const exitCode = exitCodeOf(findings);
  const axes: Axes = {
    integrity: findings.hasAxis('integrity') ? 'fail' : worse(database.axes.integrity, archive.axes.integrity),
    // An archive without a record has none of any form.
    form: database.axes.form === 'pass' && archive.range.verified !== undefined ? archive.axes.form : database.axes.form,
    signerTrust: worse(database.axes.signerTrust, archive.axes.signerTrust),
    time: database.axes.time,
    writeOnce: archive.axes.writeOnce,
    completeness: archive.axes.completeness === 'short' || compared.has('TAIL_TRUNCATED') ? 'short' : database.axes.completeness,
  };
  const { chain, source, head, range } = database;
  const parts = { source, exitCode, chain, verified: range.verified, partial: false, completeness: axes.completeness, head, findings };
  return {
    ...database,
    verdict: verdictOf(exitCode, false),
    exitCode,
    summary: summaryOf(parts),
    axes,
    reconciled: {
      archive: archive.source,
      ...(archive.range.verified === undefined ? {} : { range: archive.range.verified }),
      segments: archive.counts.segments,
    },
    findings: findings.kept,
    findingCounts: Object.fromEntries([...findings.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function worse(a: Outcome, b: Outcome): Outcome {
  return a === 'fail' || b === 'fail' ? 'fail' : a === 'unknown' ? a : b;
}

import type { FindingList } from './finding.ts';
import type { Report, Verdict } from './report.ts';

const PRECEDENCE = [10, 11, 13, 14, 12] as const;

const VERDICTS: { readonly [exit: number]: Verdict } = {
  0: 'verified',
  10: 'violated',
  11: 'untrusted',
  12: 'inconclusive',
  13: 'policy',
  14: 'unreadable',
};

/**
 * The exit code of a set of findings: the first that applies of 10, 11, 13, 14, 12; 0 without any (architecture §5).
 *
 * @example exitCodeOf(findings) // 10
 */
export function exitCodeOf(findings: FindingList): Report['exitCode'] {
  return PRECEDENCE.find((exit) => findings.hasExit(exit)) ?? 0;
}

/**
 * The one-word verdict of an exit code.
 *
 * @param partial whether only a part of the chain was asked for
 * @example verdictOf(11, false) // 'untrusted'
 */
export function verdictOf(exitCode: Report['exitCode'], partial: boolean): Verdict {
  return exitCode === 0 && partial ? 'partial' : VERDICTS[exitCode]!;
}

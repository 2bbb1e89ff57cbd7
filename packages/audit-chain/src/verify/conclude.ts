import type { Predecessor } from '../record/reserved.ts';
import type { Run, Tally, VerifyOptions } from './context.ts';
import type { FindingList } from './finding.ts';
import type { CoveringCheckpoint, Head, PrunedRange, Report, UnsignedTail, VerifiedRange } from './report.ts';
import { judgeAge, judgeRequirements } from './require.ts';
import { summaryOf } from './summary.ts';
import { exitCodeOf, verdictOf } from './verdict.ts';

/** What a run has come to, before it is put into words. */
export interface Outcomes {
  readonly source: Report['source'];
  readonly chain: string | undefined;
  readonly options: VerifyOptions;
  readonly level: Run['level'];
  readonly findings: FindingList;
  readonly tally: Tally;
  readonly verified?: VerifiedRange;
  readonly head?: Head;
  /** The newest checkpoint that a trusted key signed and the records agree with. */
  readonly checkpoint?: CoveringCheckpoint;
  readonly predecessor?: Predecessor;
  readonly pruned?: PrunedRange;
  readonly unsigned?: UnsignedTail;
  /** What is known of the signing times; absent when no trusted signature covers the records. */
  readonly time?: 'asserted' | 'bounded' | 'attested';
  /** The records begin with the pinned checkpoint. */
  readonly pinned: boolean;
  readonly writeOnce: Report['axes']['writeOnce'];
  /** What became of the private values; absent where the source holds none or they were not looked at. */
  readonly privateValues?: 'checked';
  /** The source carries signatures, which only a pinned registry can judge. */
  readonly signed: boolean;
}

const SHORT = [
  'HEAD_PRUNED_UNSIGNED',
  'HEAD_TRUNCATED',
  'TAIL_TRUNCATED',
  'CHAIN_ROLLED_BACK',
  'SEGMENT_MISSING',
  'FILE_MISSING',
  'RANGE_SHORT',
  'NOTHING_TO_VERIFY',
  'SOURCE_UNREADABLE',
] as const;

/** Makes the report: axes, verdict and the one sentence follow from the findings and from what was read. */
export function conclude(outcomes: Outcomes): Report {
  const { findings, options, verified, tally, head, checkpoint, predecessor, pruned, unsigned, chain } = outcomes;
  if (outcomes.signed && options.resolver === undefined && verified !== undefined && !findings.has('NO_CHECKPOINT'))
    findings.add({ code: 'NO_REGISTRY', field: 'signers' });
  const fresh = judgeAge(options, checkpoint, verified, findings);
  const axes = axesOf(outcomes, fresh);
  judgeRequirements(options.require ?? [], axes, outcomes, findings);
  const exitCode = exitCodeOf(findings);
  const partial = options.from !== undefined || options.to !== undefined;
  return {
    schemaVersion: 1,
    verdict: verdictOf(exitCode, partial),
    exitCode,
    summary: summaryOf({ source: outcomes.source, exitCode, chain, verified, partial, completeness: axes.completeness, head, findings }),
    ...(chain === undefined ? {} : { chain }),
    source: outcomes.source,
    level: outcomes.level,
    axes,
    range: { requested: requested(options), ...(verified === undefined ? {} : { verified }), partial },
    ...(head === undefined ? {} : { head }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(predecessor === undefined ? {} : { predecessor }),
    ...(pruned === undefined ? {} : { pruned }),
    ...(unsigned === undefined ? {} : { unsigned }),
    ...(options.registry === undefined ? {} : { registry: options.registry }),
    counts: { records: tally.records, segments: tally.segments, bytes: tally.bytes, signatures: tally.signatures },
    findings: findings.kept,
    findingCounts: Object.fromEntries([...findings.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function requested({ from, to }: VerifyOptions): Report['range']['requested'] {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function axesOf({ findings, verified, level, checkpoint, time, pinned, writeOnce, options }: Outcomes, fresh: boolean): Report['axes'] {
  const read = verified !== undefined;
  return {
    integrity: findings.hasAxis('integrity') ? 'fail' : read ? 'pass' : 'unknown',
    form: level === 'integrity' || !read ? 'not checked' : findings.hasAxis('form') ? 'fail' : 'pass',
    signerTrust: findings.hasExit(11)
      ? 'fail'
      : options.resolver !== undefined && checkpoint !== undefined && !findings.has('REGISTRY_STALE')
        ? 'pass'
        : 'unknown',
    time: time ?? 'unknown',
    writeOnce,
    completeness: SHORT.some((code) => findings.has(code)) ? 'short' : pinned ? 'pinned' : fresh ? 'fresh' : 'unanchored',
  };
}

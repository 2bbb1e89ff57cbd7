import type { Outcomes } from './conclude.ts';
import type { VerifyOptions } from './context.ts';
import type { FindingList } from './finding.ts';
import type { Axes, CoveringCheckpoint, Requirement, VerifiedRange } from './report.ts';

/**
 * Judges how old the newest trusted checkpoint is (`--max-age`).
 *
 * The age is that of the last record which it covers: it was signed no earlier, and a forger without the key cannot make it look newer. Pinned
 * witnesses who have seen no newer one since make it as young as their word.
 *
 * @returns whether an age was asked for and holds, to the end of what was read
 */
export function judgeAge(
  { freshSince, to }: VerifyOptions,
  checkpoint: CoveringCheckpoint | undefined,
  verified: VerifiedRange | undefined,
  findings: FindingList,
): boolean {
  if (freshSince === undefined || verified === undefined) return false;
  const [time] = [checkpoint?.time, checkpoint?.attested?.newestAt]
    .filter((one) => one !== undefined)
    .toSorted()
    .toReversed();
  if (time !== undefined && time >= freshSince) return to === undefined;
  findings.add({ code: 'CHECKPOINT_STALE', field: 'time', expected: `${freshSince} or later`, actual: time ?? 'no trusted checkpoint' });
  return false;
}

/** Adds a finding for everything that the caller insists on and the axes do not show. */
export function judgeRequirements(required: readonly Requirement[], axes: Axes, outcomes: Outcomes, findings: FindingList): void {
  const unmet = (field: Requirement, expected: string, actual: string): void =>
    findings.add({ code: 'REQUIREMENT_UNMET', field, expected, actual });
  for (const one of new Set(required)) {
    if (one === 'anchor' && axes.completeness !== 'pinned' && axes.completeness !== 'fresh') {
      unmet(one, 'completeness pinned or fresh', axes.completeness);
    } else if (one === 'time' && axes.time !== 'bounded' && axes.time !== 'attested') unmet(one, 'time bounded or attested', axes.time);
    else if (one === 'worm') {
      if (axes.writeOnce === 'not applicable' || axes.writeOnce === 'not met')
        findings.add({ code: 'NOT_WRITE_ONCE', field: one, actual: outcomes.source });
      else if (axes.writeOnce === 'unknown') unmet(one, 'write-once met', axes.writeOnce);
    } else if (one === 'private' && outcomes.privateValues !== 'checked') unmet(one, 'private values checked', 'not looked at');
  }
}

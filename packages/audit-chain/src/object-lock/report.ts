import type { RetentionClass } from '../archive/retention-class.ts';

/** What is looked at. */
export type LockCheckName =
  | 'lock'
  | 'versioning'
  | 'default-retention'
  | 'lifecycle'
  | 'objects'
  | 'versions'
  | 'bypass'
  | 'canary'
  | 'reachable';

/** `unknown`: these credentials may not see it. `skipped`: it was not asked for, or does not matter under this policy. */
export type LockOutcome = 'pass' | 'fail' | 'unknown' | 'skipped';

/** One thing that was looked at. */
export interface LockCheck {
  readonly check: LockCheckName;
  readonly outcome: LockOutcome;
  /** One sentence that an operator understands. */
  readonly message: string;
  /** Keys of objects that it is about, at most 10. */
  readonly objects?: readonly string[];
}

/** What looking at a place came to; `docs/operations/object-lock.md` describes its JSON. */
export interface LockReport {
  readonly schemaVersion: 1;
  readonly target: string;
  readonly policy: RetentionClass;
  readonly verdict: 'met' | 'not met' | 'unreadable' | 'unknown';
  /** 13 when a check fails, else 14 when the place cannot be reached, else 12 when something is unknown (architecture §5). */
  readonly exitCode: 0 | 12 | 13 | 14;
  readonly checks: readonly LockCheck[];
  /** Objects whose locks were looked at. */
  readonly objects: number;
}

/** Puts checks together to a report. */
export function concludeLocks(target: string, policy: RetentionClass, checks: readonly LockCheck[], objects: number): LockReport {
  const has = (outcome: LockOutcome): boolean => checks.some((one) => one.outcome === outcome);
  const isReachable = !checks.some(({ check, outcome }) => check === 'reachable' && outcome === 'unknown');
  const [verdict, exitCode] = has('fail')
    ? (['not met', 13] as const)
    : !isReachable
      ? (['unreadable', 14] as const)
      : has('unknown')
        ? (['unknown', 12] as const)
        : (['met', 0] as const);
  return { schemaVersion: 1, target, policy, verdict, exitCode, checks, objects };
}

/**
 * The gauge `audit_object_lock_ok`: 1 only when everything is known to be as it should.
 *
 * @param report undefined when nobody has looked yet
 * @example hooks.onLevel('audit_object_lock_ok', lockGauge(await inspectObjectLock(client, place, policy)));
 */
export function lockGauge(report: LockReport | undefined): 0 | 1 {
  return report?.verdict === 'met' ? 1 : 0;
}

/**
 * The report on a directory: it locks nothing.
 *
 * @example directoryReport('archive', { mode: 'GOVERNANCE', days: 30 }).exitCode // 13
 */
export function directoryReport(target: string, policy: RetentionClass): LockReport {
  const message = 'A directory is not write-once storage: whoever owns it can change and delete what is in it.';
  return concludeLocks(target, policy, [{ check: 'lock', outcome: 'fail', message }], 0);
}

import { type S3Inspecting, type S3Place, s3Url } from '../adapters/s3/client.ts';
import type { RetentionClass } from '../archive/retention-class.ts';
import { ChainError } from '../errors.ts';
import { checked } from './ask.ts';
import { checkLifecycle, checkLock, checkVersioning } from './bucket.ts';
import { checkObjects } from './objects.ts';
import { type LockCheck, type LockReport, concludeLocks } from './report.ts';
import { checkBypass, checkCanary } from './rights.ts';

/** How much is looked at. */
export interface LockOptions {
  /** Looks at the locks of so many of the newest objects; of all when absent. */
  readonly newest?: number;
  /** Puts an object under a lock of two minutes and tries to delete it; it stays. */
  readonly canary?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Looks whether a bucket keeps what is sealed to it: whether it locks, for how long, what lies over sealed objects, what its life cycle ends,
 * and whether these credentials could get round it. What they may not see is *unknown*, never *unlocked*, and never *met*.
 *
 * @param client `S3` of `@aws-sdk/client-s3`
 * @param policy the least strict mode, and the fewest days from the day on which an object was put
 * @returns a report; also when the bucket cannot be reached
 * @see docs/operations/object-lock.md
 * @example (await inspectObjectLock(new S3({}), { bucket: 'acme-audit', prefix: 'prod' }, { mode: 'COMPLIANCE', days: 2557 })).verdict
 */
export async function inspectObjectLock(
  client: S3Inspecting,
  place: S3Place,
  policy: RetentionClass,
  options: LockOptions = {},
): Promise<LockReport> {
  const checks: LockCheck[] = [];
  let count = 0;
  try {
    checks.push(...(await checkLock(client, place, policy)));
    checks.push(await checkVersioning(client, place));
    checks.push(await checkLifecycle(client, place, policy));
    const seen = await checkObjects(client, place, policy, options);
    checks.push(...seen.checks);
    count = seen.count;
    const canary = options.canary === true ? await checkCanary(client, place, policy) : undefined;
    // The canary has tried what else can only be guessed.
    if (canary === undefined || canary.outcome === 'unknown') checks.push(await checkBypass(client, place, policy));
    checks.push(canary ?? checked('canary', 'skipped', 'Not asked for.'));
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    checks.push(checked('reachable', 'unknown', `${error.message} (${error.code})`));
  }
  return concludeLocks(s3Url(place), policy, checks, count);
}

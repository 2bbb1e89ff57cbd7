import { ChainError } from '../../errors.ts';
import type { LockState } from '../../verify/ports.ts';
import type { S3Reading } from './client.ts';
import { nameOf, s3Fault, statusOf } from './fault.ts';
import { type VersionPlace, headVersion, named } from './object.ts';

/**
 * Whether a version is locked. HeadObject leaves the lock out for whoever may not see it, so its silence is asked about: only an explicit
 * answer that there is none means `unlocked`.
 *
 * @throws ChainError ERR_ARCHIVE_UNAVAILABLE, ERR_ARCHIVE_STORE, ERR_ARCHIVE_BUCKET
 */
export async function lockOf(client: S3Reading, at: VersionPlace): Promise<LockState> {
  try {
    const { ObjectLockMode, ObjectLockRetainUntilDate } = await headVersion(client, at);
    const seen = stateOf(ObjectLockMode, ObjectLockRetainUntilDate);
    return seen ?? (await askedFor(client, at));
  } catch (error) {
    if (error instanceof ChainError && error.code === 'ERR_ARCHIVE_DENIED') return { state: 'unknown' };
    throw error;
  }
}

async function askedFor(client: S3Reading, at: VersionPlace): Promise<LockState> {
  try {
    const { Retention } = await client.getObjectRetention(named(at));
    return stateOf(Retention?.Mode, Retention?.RetainUntilDate) ?? { state: 'unlocked' };
  } catch (error) {
    // NoSuchObjectLockConfiguration (404), or a bucket without Object Lock (400 InvalidRequest, 404 ObjectLockConfigurationNotFoundError).
    const name = nameOf(error);
    if (/ObjectLockConfiguration/.test(name) || (statusOf(error) === 400 && name === 'InvalidRequest')) return { state: 'unlocked' };
    throw s3Fault(error, { operation: 'GetObjectRetention', bucket: at.bucket, key: at.key });
  }
}

function stateOf(mode: string | undefined, until: Date | undefined): LockState | undefined {
  if ((mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') || until === undefined || Number.isNaN(until.getTime())) return undefined;
  return { state: 'locked', mode, until: until.toISOString() };
}

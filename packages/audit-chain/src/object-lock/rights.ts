import { base64Encode } from '@countersign/proof-core/bytes/base64';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { type S3Inspecting, type S3Place, keyBelow } from '../adapters/s3/client.ts';
import { serverTime } from '../adapters/s3/clock.ts';
import { nameOf, statusOf } from '../adapters/s3/fault.ts';
import { OURS } from '../adapters/s3/probe.ts';
import type { RetentionClass } from '../archive/retention-class.ts';
import { ask, checked } from './ask.ts';
import type { LockCheck } from './report.ts';

const CANARY: string = `${OURS}canary`;
/** Long enough for the attempts to delete it. */
const CANARY_MS = 120_000;

/** Whether these credentials may bypass GOVERNANCE: asked with a version that never was, so that nothing can be lost by it. */
export async function checkBypass(client: S3Inspecting, place: S3Place, { mode }: RetentionClass): Promise<LockCheck> {
  if (mode === 'COMPLIANCE') return checked('bypass', 'skipped', 'Under COMPLIANCE there is no permission to bypass.');
  const { bucket } = place;
  const input = { Bucket: bucket, Key: keyBelow(place, CANARY), VersionId: 'never-was', BypassGovernanceRetention: true };
  // The store answers that the version is wrong, in words of its own, or that all is well: it did not mind the bypass.
  const minded = await ask('DeleteObject', bucket, () =>
    client.deleteObject(input).catch((error: unknown) => {
      const status = statusOf(error);
      if (status !== 400 && status !== 404 && status !== 405) throw error;
      if (['AccessDenied', 'ExpiredToken', 'NoSuchBucket'].includes(nameOf(error))) throw error;
    }),
  );
  if ('denied' in minded)
    return checked('bypass', 'pass', 'These credentials may not bypass GOVERNANCE, or may not delete versions at all.');
  const message =
    'Unknown: the store did not refuse these credentials a bypass of GOVERNANCE for a version that is not there; --canary tries it.';
  return checked('bypass', 'unknown', message);
}

/** Puts an object under a lock of two minutes and tries to delete it; it stays in the bucket. */
export async function checkCanary(client: S3Inspecting, place: S3Place, { mode }: RetentionClass): Promise<LockCheck> {
  const { bucket } = place;
  const key = keyBelow(place, CANARY);
  const until = new Date((await serverTime(client, bucket)).getTime() + CANARY_MS);
  const body = utf8Encode('countersign/canary\n');
  const put = await ask('PutObject', bucket, () =>
    client
      .putObject({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentLength: body.length,
        ChecksumAlgorithm: 'SHA256',
        ChecksumSHA256: base64Encode(defaultEngine.sha256(body)),
        ObjectLockMode: mode,
        ObjectLockRetainUntilDate: until,
      })
      .catch((error: unknown) => {
        // A bucket without a lock, or a bucket policy that wants longer ones.
        if (statusOf(error) === 400 && !['AccessDenied', 'ExpiredToken'].includes(nameOf(error))) return undefined;
        throw error;
      }),
  );
  if ('denied' in put) return checked('canary', 'unknown', 'Unknown: these credentials may not put an object with a lock here.');
  const version = 'answer' in put ? put.answer?.VersionId : undefined;
  if (version === undefined) return checked('canary', 'fail', 'The bucket refused an object with a lock, or keeps no versions.');
  for (const bypass of mode === 'GOVERNANCE' ? [false, true] : [false]) {
    const deletion = { Bucket: bucket, Key: key, VersionId: version, ...(bypass ? { BypassGovernanceRetention: true } : {}) };
    const attempt = await ask('DeleteObject', bucket, () => client.deleteObject(deletion), ['InvalidRequest', 'ObjectLocked']);
    if ('answer' in attempt)
      return checked(
        'canary',
        'fail',
        bypass
          ? 'These credentials deleted a locked object by bypassing GOVERNANCE: take s3:BypassGovernanceRetention from them.'
          : 'A locked object was deleted: this store does not keep what it locks.',
        [key],
      );
  }
  return checked('canary', 'pass', 'An object under a lock of two minutes could not be deleted.');
}

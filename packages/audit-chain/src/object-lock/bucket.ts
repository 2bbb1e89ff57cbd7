import type { S3Inspecting, S3LifecycleRule, S3Place } from '../adapters/s3/client.ts';
import type { RetentionClass } from '../archive/retention-class.ts';
import { ask, checked, denied } from './ask.ts';
import type { LockCheck } from './report.ts';

const NO_LOCK = [
  'ObjectLockConfigurationNotFoundError',
  'ObjectLockConfigurationNotFound',
  'NoSuchObjectLockConfiguration',
  'InvalidRequest',
];

/** Object Lock, and what is locked that nobody asked to lock. */
export async function checkLock(client: S3Inspecting, { bucket }: S3Place, policy: RetentionClass): Promise<LockCheck[]> {
  const asked = await ask('GetObjectLockConfiguration', bucket, () => client.getObjectLockConfiguration({ Bucket: bucket }), NO_LOCK);
  if ('denied' in asked)
    return [denied('lock', 's3:GetBucketObjectLockConfiguration'), denied('default-retention', 's3:GetBucketObjectLockConfiguration')];
  const configuration = 'answer' in asked ? asked.answer.ObjectLockConfiguration : undefined;
  if (configuration?.ObjectLockEnabled !== 'Enabled')
    return [
      checked(
        'lock',
        'fail',
        `Object Lock is off in bucket ${bucket}: nothing in it is write-once. Do not promote; seal to a locked bucket.`,
      ),
      checked('default-retention', 'fail', 'Without Object Lock there is no default retention.'),
    ];
  return [checked('lock', 'pass', 'Object Lock is on.'), judgeDefault(configuration.Rule?.DefaultRetention, policy)];
}

function judgeDefault(
  rule: { readonly Mode?: string | undefined; readonly Days?: number | undefined; readonly Years?: number | undefined } | undefined,
  policy: RetentionClass,
): LockCheck {
  const wanted = `${policy.mode} for ${policy.days} days`;
  const days = rule?.Days ?? (rule?.Years ?? 0) * 365;
  if (rule?.Mode === undefined || days === 0)
    return checked(
      'default-retention',
      'fail',
      `The bucket has no default retention: what is put without a lock stays unlocked. Policy: ${wanted}.`,
    );
  const found = `${rule.Mode} for ${days} days`;
  const strict = rule.Mode === policy.mode || rule.Mode === 'COMPLIANCE';
  if (!strict || days < policy.days)
    return checked('default-retention', 'fail', `The bucket’s default retention is ${found}; policy: ${wanted}.`);
  return checked('default-retention', 'pass', `The bucket’s default retention is ${found}.`);
}

/** Versions: without them nothing is locked. */
export async function checkVersioning(client: S3Inspecting, { bucket }: S3Place): Promise<LockCheck> {
  const asked = await ask('GetBucketVersioning', bucket, () => client.getBucketVersioning({ Bucket: bucket }));
  if ('denied' in asked) return denied('versioning', 's3:GetBucketVersioning');
  const status = 'answer' in asked ? asked.answer.Status : undefined;
  if (status === 'Enabled') return checked('versioning', 'pass', 'Versioning is on.');
  return checked(
    'versioning',
    'fail',
    `Versioning is ${status === 'Suspended' ? 'suspended' : 'off'}: an object can be replaced for good.`,
  );
}

/** Rules of the life cycle that hide objects, or remove versions sooner than the policy allows. */
export async function checkLifecycle(client: S3Inspecting, place: S3Place, policy: RetentionClass): Promise<LockCheck> {
  const { bucket } = place;
  const asked = await ask('GetBucketLifecycleConfiguration', bucket, () => client.getBucketLifecycleConfiguration({ Bucket: bucket }), [
    'NoSuchLifecycleConfiguration',
    'NotImplemented',
  ]);
  if ('denied' in asked) return denied('lifecycle', 's3:GetLifecycleConfiguration');
  const rules = 'answer' in asked ? (asked.answer.Rules ?? []) : [];
  const bad = rules.filter((rule) => rule.Status === 'Enabled' && touches(rule, place) && endsEarly(rule, policy));
  if (bad.length === 0) return checked('lifecycle', 'pass', 'No life-cycle rule ends objects or versions before the policy does.');
  const names = bad.map(({ ID }) => ID ?? 'without a name').join(', ');
  return checked(
    'lifecycle',
    'fail',
    `Life-cycle rules hide objects, or remove versions, sooner than after ${policy.days} days: ${names}.`,
  );
}

function touches({ Prefix, Filter }: S3LifecycleRule, { prefix }: S3Place): boolean {
  const theirs = Prefix ?? Filter?.Prefix ?? Filter?.And?.Prefix ?? '';
  const ours = prefix === '' ? '' : `${prefix}/`;
  return theirs.startsWith(ours) || ours.startsWith(theirs);
}

function endsEarly({ Expiration, NoncurrentVersionExpiration }: S3LifecycleRule, { days }: RetentionClass): boolean {
  const noncurrent = NoncurrentVersionExpiration?.NoncurrentDays;
  if (noncurrent !== undefined && noncurrent < days) return true;
  return Expiration?.Date !== undefined || (Expiration?.Days !== undefined && Expiration.Days < days);
}

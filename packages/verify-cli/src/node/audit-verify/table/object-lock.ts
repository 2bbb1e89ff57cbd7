import type { ObjectLockFlags } from '../object-lock.ts';
import type { CommandRow } from './command.ts';
import { ENDPOINT, JSON_FLAG } from './shared.ts';

/** `audit-verify object-lock TARGET`. */
export const OBJECT_LOCK: CommandRow<ObjectLockFlags> = {
  name: 'object-lock',
  args: [['<TARGET>', 's3://BUCKET/PREFIX, or a directory, which locks nothing']],
  summary: 'check that a bucket keeps what is sealed to it',
  detail: `Looks at Object Lock, versioning and default retention of the bucket, at life-cycle rules that end versions early, at the lock of every object below
the prefix, at newer versions and delete markers over them, and at whether these credentials may bypass a lock. What they may not see is *unknown* (12): that no
lock is shown does not mean that there is none. A check that fails is 13, a bucket that cannot be reached 14
([operations/object-lock.md](operations/object-lock.md)).`,
  flags: [
    { flags: '--retention-class <NAME>', help: 'the policy: a class of that file' },
    { flags: '--retention-classes <FILE>', help: 'mode and days of every class; AUDIT_RETENTION_CLASSES when absent' },
    { flags: '--mode <MODE>', help: 'the policy, with --days: the least strict mode', choices: ['GOVERNANCE', 'COMPLIANCE'] },
    { flags: '--days <N>', help: 'the policy, with --mode: the fewest days from when an object was put' },
    { flags: '--newest <N>', help: 'look at the locks of the newest N objects only' },
    {
      flags: '--canary',
      help: 'put an object under a lock of two minutes and try to delete it',
      detail: 'The object stays in the bucket, 19 bytes under the name `.countersign-canary`; readers leave it out.',
    },
    ENDPOINT,
    JSON_FLAG,
  ],
  examples: [
    { command: 'audit-verify object-lock s3://acme-audit/prod --mode COMPLIANCE --days 2557', needs: 's3' },
    { command: 'audit-verify object-lock s3://acme-audit/prod --mode GOVERNANCE --days 30 --canary --json', needs: 's3', exitCode: 13 },
    { command: 'audit-verify object-lock archive/ --mode GOVERNANCE --days 30', exitCode: 13 },
  ],
  run: async ([target], flags) => await (await import('../object-lock.ts')).verifyObjectLock(target!, flags),
};

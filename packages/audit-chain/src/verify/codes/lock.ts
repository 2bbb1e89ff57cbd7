import { type FindingKind, kind } from './kind.ts';

/** Findings about write-once storage. */
export type LockCode = 'LOCK_UNKNOWN' | 'OBJECT_HIDDEN' | 'OBJECT_REPLACED' | 'OBJECT_UNLOCKED' | 'RETENTION_SHORT';

const LOCKS = 'Run `audit-verify object-lock` on the bucket; treat what was stored unlocked as changeable since then.';

/** Findings about write-once storage: what each means and does. */
export const LOCK_FINDINGS: { readonly [code in LockCode]: FindingKind } = {
  LOCK_UNKNOWN: kind(
    'lock state unknown',
    'writeOnce',
    0,
    'The store does not say to these credentials whether an object is locked.',
    'Give the reader `s3:GetObjectRetention`; without it nothing is said about write-once storage.',
  ),
  OBJECT_HIDDEN: kind(
    'delete marker',
    'writeOnce',
    13,
    'A delete marker hides an object; its locked version was read.',
    'Find out who deleted it. The locked version is still there: removing the marker shows it again.',
  ),
  OBJECT_REPLACED: kind(
    'newer version',
    'writeOnce',
    13,
    'A newer version with other content lies over an object; the locked version was read.',
    'Find out who put it there. Readers that name no version get the newer one.',
  ),
  OBJECT_UNLOCKED: kind('object not locked', 'writeOnce', 13, 'An object is not locked, though its segment manifest promises it.', LOCKS),
  RETENTION_SHORT: kind(
    'retention too short',
    'writeOnce',
    13,
    'An object is locked for less time, or less strictly, than its segment manifest promises.',
    LOCKS,
  ),
};

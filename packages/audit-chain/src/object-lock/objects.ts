import type { S3Inspecting, S3Place } from '../adapters/s3/client.ts';
import { lockOf } from '../adapters/s3/lock.ts';
import { OURS } from '../adapters/s3/probe.ts';
import { type ObjectVersion, listVersions } from '../adapters/s3/versions.ts';
import type { RetentionClass } from '../archive/retention-class.ts';
import { ChainError } from '../errors.ts';
import type { LockState } from '../verify/ports.ts';
import { runAhead } from '../verify/segment/ahead.ts';
import { checked, counted, denied } from './ask.ts';
import type { LockCheck } from './report.ts';

const AHEAD = 16;
const LISTED = 10;
const DAY = 86_400_000;
/** A lock's end is fixed before the upload begins, an object's date when it ends. */
const UPLOAD = 3_600_000;

/** What looking at the objects below a place came to. */
export interface ObjectsSeen {
  readonly checks: readonly LockCheck[];
  readonly count: number;
}

/**
 * Looks at every object below a place: what lies over it, and whether it is locked as long and as strictly as the policy says.
 *
 * @param newest looks at the locks of that many of the newest only; what lies over them is looked at for all
 */
export async function checkObjects(
  client: S3Inspecting,
  place: S3Place,
  policy: RetentionClass,
  { newest, signal }: { readonly newest?: number; readonly signal?: AbortSignal } = {},
): Promise<ObjectsSeen> {
  const prefix = place.prefix === '' ? '' : `${place.prefix}/`;
  const covered: string[] = [];
  const all: ObjectVersion[] = [];
  try {
    for await (const { key, versions } of listVersions(client, place.bucket, prefix, signal)) {
      if (key.slice(prefix.length).startsWith(OURS)) continue;
      const contents = versions.filter(({ isMarker }) => !isMarker);
      const oldest = contents.at(-1);
      if (versions[0]?.isMarker === true || contents.some(({ etag, size }) => etag !== oldest!.etag || size !== oldest!.size))
        covered.push(key);
      all.push(...contents);
    }
  } catch (error) {
    if (!(error instanceof ChainError) || error.code !== 'ERR_ARCHIVE_DENIED' || error.actual !== 'AccessDenied') throw error;
    return { checks: [denied('objects', 's3:ListBucketVersions'), denied('versions', 's3:ListBucketVersions')], count: 0 };
  }
  const chosen = newest === undefined ? all : all.sort((a, b) => b.modified.getTime() - a.modified.getTime()).slice(0, newest);
  return { checks: [await checkLocks(client, place, policy, chosen), checkCovers(covered, all.length)], count: chosen.length };
}

function checkCovers(covered: readonly string[], count: number): LockCheck {
  if (count === 0) return checked('versions', 'unknown', 'There is no object here yet, so none that something could lie over.');
  if (covered.length === 0) return checked('versions', 'pass', 'No newer version and no delete marker lies over an object.');
  const message = `A newer version or a delete marker lies over ${counted(covered.length)}: readers that name no version do not get what was sealed.`;
  return checked('versions', 'fail', message, covered.slice(0, LISTED));
}

type Fault = 'unlocked' | 'short' | 'weak';

const TELLS: { readonly [fault in Fault]: string } = {
  unlocked: 'not locked',
  short: 'locked for less time than the policy says',
  weak: 'locked under GOVERNANCE where the policy says COMPLIANCE',
};

async function checkLocks(
  client: S3Inspecting,
  { bucket }: S3Place,
  policy: RetentionClass,
  versions: readonly ObjectVersion[],
): Promise<LockCheck> {
  if (versions.length === 0) return checked('objects', 'unknown', 'There is no object here yet, so no lock that could be looked at.');
  const faults = new Map<Fault, string[]>();
  const unseen: string[] = [];
  const tasks = versions.map((version) => async () => ({
    version,
    state: await lockOf(client, { bucket, key: version.key, version: version.id }),
  }));
  for await (const { version, state } of runAhead(tasks, AHEAD)) {
    if (state.state === 'unknown') unseen.push(version.key);
    const fault = faultOf(version, state, policy);
    if (fault !== undefined) faults.set(fault, [...(faults.get(fault) ?? []), version.key]);
  }
  if (faults.size > 0) {
    const parts = [...faults].map(([fault, keys]) => `${counted(keys.length)} ${keys.length === 1 ? 'is' : 'are'} ${TELLS[fault]}`);
    return checked('objects', 'fail', `${parts.join('; ')}.`, [...faults.values()].flat().slice(0, LISTED));
  }
  if (unseen.length > 0) {
    const message = `Unknown for ${counted(unseen.length)}: these credentials have no s3:GetObjectRetention; that no lock is shown does not mean that there is none.`;
    return checked('objects', 'unknown', message, unseen.slice(0, LISTED));
  }
  return checked('objects', 'pass', `${counted(versions.length)} locked as the policy says.`);
}

function faultOf({ modified }: ObjectVersion, state: LockState, { mode, days }: RetentionClass): Fault | undefined {
  if (state.state === 'unknown') return undefined;
  if (state.state === 'unlocked') return 'unlocked';
  if (state.mode !== mode && state.mode !== 'COMPLIANCE') return 'weak';
  return Date.parse(state.until) < modified.getTime() + days * DAY - UPLOAD ? 'short' : undefined;
}

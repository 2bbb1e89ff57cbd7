import type { VerifyOptions } from '../context.ts';
import type { Finding, FindingList } from '../finding.ts';
import { type ArchiveFile, type ArchiveSource, type LockState, SourceError } from '../ports.ts';
import type { Axes } from '../report.ts';
import { runAhead } from '../segment/ahead.ts';
import type { SegmentResult } from '../segment/segment.ts';

/** How many locks are asked for at once. */
const AHEAD = 16;

interface Asked {
  readonly result: SegmentResult;
  readonly field: 'records' | 'index' | 'manifest';
  readonly file: ArchiveFile;
}

type Sight = LockState['state'] | 'weak';

/**
 * Judges whether the files of the segments that were read are kept as their manifests promise, and whether something lies over them.
 *
 * @returns the write-once axis: `met` only when every file of every segment is seen to be locked as promised
 */
export async function judgeLocks(
  source: ArchiveSource,
  results: readonly SegmentResult[],
  { signal }: Pick<VerifyOptions, 'signal'>,
  findings: FindingList,
): Promise<Axes['writeOnce']> {
  if (source.lock === undefined) return 'not applicable';
  const asked = results.flatMap((result) =>
    (['records', 'index', 'manifest'] as const).flatMap((field): Asked[] => {
      const file = result.files[field];
      return file === undefined ? [] : [{ result, field, file }];
    }),
  );
  const sights = new Set<Sight>();
  const tasks = asked.map((one) => async () => ({ one, state: await lockOf(source, one.file, signal) }));
  for await (const { one, state } of runAhead(tasks, AHEAD)) sights.add(judgeFile(one, state, findings));
  if (sights.has('unlocked') || sights.has('weak')) return 'not met';
  return sights.has('unknown') || asked.length === 0 ? 'unknown' : 'met';
}

async function lockOf(source: ArchiveSource, { path }: ArchiveFile, signal?: AbortSignal): Promise<LockState> {
  try {
    return (await source.lock?.(path, signal)) ?? { state: 'unknown' };
  } catch (error) {
    // What cannot be read has its own finding by now.
    if (error instanceof SourceError) return { state: 'unknown' };
    throw error;
  }
}

function judgeFile({ result, field, file }: Asked, state: LockState, findings: FindingList): Sight {
  const add = (finding: Omit<Finding, 'segment' | 'field'>): void => findings.add({ ...finding, segment: result.files.first, field });
  if (file.covered === 'delete marker') add({ code: 'OBJECT_HIDDEN', actual: file.path });
  if (file.covered === 'newer version') add({ code: 'OBJECT_REPLACED', actual: file.path });
  const sight = judgeState(result.manifest?.retention, state, add);
  return file.covered !== undefined && sight !== 'unlocked' ? 'weak' : sight;
}

function judgeState(
  promised: NonNullable<SegmentResult['manifest']>['retention'] | undefined,
  state: LockState,
  add: (finding: Omit<Finding, 'segment' | 'field'>) => void,
): Sight {
  if (state.state === 'unknown') {
    add({ code: 'LOCK_UNKNOWN' });
    return 'unknown';
  }
  // A manifest that promises nothing is kept by nobody's word.
  const wanted = promised === undefined ? 'a lock' : promised.mode === 'none' ? undefined : `${promised.mode} until ${promised.until}`;
  if (state.state === 'unlocked') {
    if (wanted !== undefined) add({ code: 'OBJECT_UNLOCKED', expected: wanted, actual: 'no lock' });
    return 'unlocked';
  }
  if (promised === undefined || promised.mode === 'none') return 'locked';
  if ((state.mode === promised.mode || state.mode === 'COMPLIANCE') && state.until >= promised.until) return 'locked';
  add({ code: 'RETENTION_SHORT', expected: `${promised.mode} until ${promised.until}`, actual: `${state.mode} until ${state.until}` });
  return 'weak';
}

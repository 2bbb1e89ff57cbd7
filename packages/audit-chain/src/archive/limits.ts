import type { ChainStore, StoredNote } from '../store/store.ts';
import { storedTime } from './stored-time.ts';

/** When a segment is full. It ends at the last signed checkpoint within both, else at the next one there is. */
export interface SegmentLimits {
  /** Records; default 50,000. */
  readonly records?: number;
  /** Bytes of their lines; default 64 MiB. A segment is held in memory while it is written. */
  readonly bytes?: number;
  /** Milliseconds; a sealer that follows the chain seals what is older although the segment is not full. Never, when absent. */
  readonly age?: number;
  /** Ends segments at checkpoints alone that outsiders attest; what lies behind the last of them waits. */
  readonly attested?: boolean;
}

/** The limits that hold where none are given. */
export const SEGMENT_LIMITS = { records: 50_000, bytes: 67_108_864 } as const;

/**
 * The note where the segment that starts at `first` ends.
 *
 * @param onlyDue whether to wait until the segment is full, or its first record as old as the limits say
 * @returns undefined when nothing signed is left, or it is not due
 */
export async function segmentEnd(
  store: ChainStore,
  first: number,
  limits: SegmentLimits,
  onlyDue: boolean,
): Promise<StoredNote | undefined> {
  const newest = limits.attested === true ? await attestedNote(store, Number.MAX_SAFE_INTEGER) : await store.note();
  if (newest === undefined || newest.size <= first) return undefined;
  const { records = SEGMENT_LIMITS.records, bytes = SEGMENT_LIMITS.bytes, age } = limits;
  const most = Math.min(first + records, newest.size);
  const end = first + (await store.fitting(first, most, bytes));
  const isFull = end < most || most === first + records;
  if (onlyDue && !isFull && (age === undefined || (await ageOf(store, first)) < age)) return undefined;
  const within = limits.attested === true ? await attestedNote(store, end, first) : await store.note(end);
  // A single batch can be larger than a segment should be: then the next note there is.
  return within !== undefined && within.size > first ? within : await store.nextNote(first);
}

/** The newest note up to a size that outsiders attest, else the first behind `first`. */
async function attestedNote(store: ChainStore, most: number, first = 0): Promise<StoredNote | undefined> {
  const sizes = await store.attestations().sizes();
  const size = sizes.findLast((one) => one <= most && one > first) ?? sizes.find((one) => one > first);
  return size === undefined ? undefined : await store.note(size);
}

/** How long a stored record has been in the chain, milliseconds by the database's clock; 0 when it is not stored. */
export async function ageOf(store: ChainStore, seq: number): Promise<number> {
  const time = await storedTime(store, seq);
  return time === undefined ? 0 : (await store.now()) - Date.parse(time);
}

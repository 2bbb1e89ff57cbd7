import type { Engine } from '@countersign/proof-core/engine/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { readLink } from '@countersign/proof-core/record/link';
import { hexDecode } from '@countersign/proof-core/bytes/hex';
import type { IdStore } from '../ports.ts';
import { deepCheck } from '../record/deep.ts';
import { FastPath } from '../record/fast.ts';
import { formCheck } from '../record/form.ts';
import type { Level } from '../report.ts';

/** Record lines that follow each other without a fault, as a thread found them: all that the one who joins stretches must know. */
export interface Stretch {
  /** Number of the first record. */
  readonly first: number;
  readonly count: number;
  /** The hash that the first record names, 32 bytes. */
  readonly prev: Uint8Array;
  /** `link.time` of the first and the last record. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** Compact ranges (`CompactRange.toBytes`) that cover the records without a gap, cut at the sizes that were wanted. */
  readonly ranges: readonly { readonly bytes: Uint8Array; readonly lastTime: string }[];
  /** The library's own records: offset of the record, offset of its link, number; three entries each. */
  readonly own: readonly number[];
  /** At level `deep`: the ids of the events, 16 bytes each. */
  readonly ids?: Uint8Array;
}

/** What to look at, and how. */
export interface StretchJob {
  readonly chain: string;
  readonly level: Level;
  readonly engine: Engine['name'];
  /** The lines bytes[start, end), whole. */
  readonly start: number;
  readonly end: number;
  /** Tree sizes at which ranges are to be cut, rising. */
  readonly watch: readonly number[];
}

const NO_TIME = /* @__PURE__ */ new Uint8Array(24);

/**
 * Judges lines alone, on a thread of its own: only whether nothing is wrong with them. What is wrong, `RecordScan` says, which then reads the same
 * bytes again.
 *
 * @param bytes the byte before `job.start` is written to and restored
 * @param leaves takes the hashes of the records, 32 bytes each
 * @returns undefined when anything is not as it must be, or `leaves` is too short
 * @example scanStretch(buffer, { chain, level, engine, start: 1, end, watch: [] }, leaves, engine)
 */
export function scanStretch(bytes: Uint8Array, job: StretchJob, leaves: Uint8Array, engine: Engine): Stretch | undefined {
  const { chain, level, start, end } = job;
  const first = firstSeq(bytes, start, end, chain);
  if (first === undefined) return undefined;
  let clean = true;
  const fault = (): void => void (clean = false);
  const ids: Uint8Array[] = [];
  const store: IdStore = { add: (id) => void ids.push(id), repeated: () => Promise.resolve([]), close: () => Promise.resolve() };
  const form = level === 'integrity' ? undefined : formCheck(fault, engine, level === 'deep' ? deepCheck(fault, store) : undefined);
  const own: number[] = [];
  const path = new FastPath(chain, engine, (_, at, linkAt, seq) => void own.push(at, linkAt, seq));
  path.leaves = leaves;
  const at = path.run(bytes, start, end, first.seq, undefined, NO_TIME, Number.MAX_SAFE_INTEGER - 1, form?.(bytes, start, end));
  // When the place for hashes did not do, they are elsewhere.
  if (at !== end || !clean || path.count === 0 || path.leaves !== leaves) return undefined;
  const timeOf = (i: number): string => {
    const timeAt = path.timesAt[i] ?? 0;
    return String.fromCharCode(...bytes.subarray(timeAt, timeAt + 24));
  };
  return {
    first: first.seq,
    count: path.count,
    prev: first.prev,
    firstTime: timeOf(0),
    lastTime: timeOf(path.count - 1),
    ranges: rangesOf(path, first.seq, job.watch, timeOf, engine),
    own,
    ...(level === 'deep' ? { ids: joined(ids) } : {}),
  };
}

function firstSeq(bytes: Uint8Array, start: number, end: number, chain: string): { seq: number; prev: Uint8Array } | undefined {
  const feed = bytes.indexOf(10, start);
  const link = feed < 0 || feed >= end ? undefined : readLink(bytes, start, feed);
  return link === undefined || link.chain !== chain ? undefined : { seq: link.seq, prev: hexDecode(link.prev, 32) };
}

function rangesOf(
  path: FastPath,
  first: number,
  watch: readonly number[],
  timeOf: (i: number) => string,
  engine: Engine,
): Stretch['ranges'] {
  const end = first + path.count;
  const cuts = [...watch.filter((size) => size > first && size < end), end];
  let from = first;
  return cuts.map((to) => {
    const range = CompactRange.empty(from);
    range.appendMany(path.leaves.subarray((from - first) * 32), to - from, engine);
    from = to;
    return { bytes: range.toBytes(), lastTime: timeOf(to - first - 1) };
  });
}

function joined(ids: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(ids.length * 16);
  for (const [i, id] of ids.entries()) all.set(id, i * 16);
  return all;
}

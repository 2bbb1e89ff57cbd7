import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import type { SegmentManifest } from '../../archive/manifest.ts';
import type { ReadRun } from '../context.ts';
import type { FindingList } from '../finding.ts';
import { deepCheck } from '../record/deep.ts';
import { formCheck } from '../record/form.ts';
import { RecordScan } from '../record/scan.ts';
import { OwnRecords, type OwnStatements } from '../reserved/own-records.ts';
import { frontierOf, rangeText } from './frontier.ts';
import type { SegmentIndex } from './index-file.ts';

/** What is known of a segment before its records are read; a manifest or an index there is. */
export interface RecordsPlan {
  readonly manifest: SegmentManifest | undefined;
  readonly index: SegmentIndex | undefined;
  readonly final: boolean;
  readonly watch: readonly number[];
  readonly add: FindingList['add'];
}

/** What the records of a segment came to. */
export interface ReadRecords {
  /** Lines read. */
  readonly count: number;
  /** Number of the last record in its place. */
  readonly last: number;
  /** Its hash, hex. */
  readonly lastHash: string;
  /** Times of the first and the last record; empty when none was read. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** Root with the index's frontier, hex; absent without a usable frontier or when some could not be read. */
  readonly root?: string;
  /** The compact range of all records to the end of the segment, as text. */
  readonly end?: string;
  /** Roots at the watched sizes, hex. */
  readonly roots: ReadonlyMap<number, string>;
  /** What the library's own records among them say. */
  readonly own: OwnStatements;
}

/** A scan of the records of a segment, and what it collects. */
export interface SegmentScan {
  readonly scan: RecordScan;
  readonly roots: ReadonlyMap<number, string>;
  readonly own: OwnRecords;
}

/** Numbers of the first and last record that a segment must hold: what is signed says so, if anything is. */
export function bounds({ manifest, index }: RecordsPlan): { readonly first: number; readonly last: number } {
  if (manifest !== undefined) return { first: manifest.first, last: manifest.last };
  return { first: index!.first, last: index!.first + index!.count - 1 };
}

/** Starts to judge the records of a segment. */
export function startScan(run: ReadRun, plan: RecordsPlan): SegmentScan {
  const { manifest, index, final, watch, add } = plan;
  const { first, last } = bounds(plan);
  const tree = treeBefore(index, first);
  if (tree === undefined && index !== undefined) {
    const actual = `${index.frontier.length} hashes`;
    add({ code: 'INDEX_FRONTIER', field: 'frontier', expected: `the compact range of ${first} records`, actual });
  }
  const known = manifest === undefined ? {} : { before: hexDecode(manifest.first_prev), lastHash: hexDecode(manifest.last_hash) };
  const expected = { chain: manifest?.chain ?? index!.chain, first, last, final, ...known };
  const ids = run.ids === undefined ? {} : { ids: run.ids };
  const deep = run.ids === undefined ? undefined : deepCheck(add, run.ids);
  const form = run.level === 'integrity' ? {} : { form: formCheck(add, run.engine, deep) };
  const roots = new Map<number, string>();
  const onRoot = (size: number, root: string): void => void roots.set(size, root);
  const own = new OwnRecords(run.level === 'integrity' ? undefined : add);
  const options = {
    expected,
    watch,
    onRoot,
    report: add,
    own: own.take.bind(own),
    ...ids,
    ...(tree === undefined ? {} : { tree }),
    ...form,
  };
  return { scan: new RecordScan(options, run.engine), roots, own };
}

function treeBefore(index: SegmentIndex | undefined, first: number): CompactRange | undefined {
  if (index?.first === first) return frontierOf(index);
  return first === 0 ? CompactRange.empty() : undefined;
}

/** What a scan came to; the tree counts only when all lines were read. */
export function summary(run: ReadRun, { scan, roots, own }: SegmentScan, whole: boolean): ReadRecords {
  const { tree, place } = scan;
  const root = whole && tree !== undefined ? { root: hexEncode(tree.root(run.engine)), end: rangeText(tree) } : {};
  const times = { firstTime: scan.firstTime, lastTime: place.time };
  return { count: scan.lines, last: place.seq, lastHash: hexEncode(place.hash), ...times, ...root, roots, own: own.statements };
}

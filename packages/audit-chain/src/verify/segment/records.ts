import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import type { SegmentManifest } from '../../archive/manifest.ts';
import type { Member } from '../../archive/segment.ts';
import type { Hasher } from '@countersign/proof-core/engine/engine';
import type { ArchiveRun, Tally } from '../context.ts';
import type { FindingList } from '../finding.ts';
import type { ArchiveSource } from '../ports.ts';
import { formCheck } from '../record/form.ts';
import { recordsText } from '../record/place.ts';
import { RecordScan } from '../record/scan.ts';
import { frontierOf, rangeText } from './frontier.ts';
import { type SegmentIndex, tilingFault } from './index-file.ts';
import type { SegmentFiles } from './names.ts';
import { type StoredMember, readMembers, readRest, sourceFinding } from './read.ts';

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
  /** Root with the index's frontier, hex; absent without a usable frontier or when a member could not be read. */
  readonly root?: string;
  /** The compact range of all records to the end of the segment, as text. */
  readonly end?: string;
  /** Roots at the watched sizes, hex. */
  readonly roots: ReadonlyMap<number, string>;
}

/** What is known of a segment before its records are read. */
export interface RecordsPlan {
  readonly manifest: SegmentManifest | undefined;
  readonly index: SegmentIndex | undefined;
  readonly final: boolean;
  readonly watch: readonly number[];
  readonly add: FindingList['add'];
}

/** Reads and judges the stored file of a segment: digests, gzip members, records, links, tree. */
export async function readRecords(
  run: ArchiveRun,
  tally: Tally,
  source: ArchiveSource,
  files: SegmentFiles,
  plan: RecordsPlan,
): Promise<ReadRecords | undefined> {
  const { add } = plan;
  if (files.records === undefined) {
    add({ code: 'FILE_MISSING', field: 'records' });
    return undefined;
  }
  const reading = new Reading(run, plan, files.records.size);
  try {
    for await (const member of readMembers(run, source, files.records.path, reading.members)) {
      reading.take(member);
      tally.records += reading.taken;
      tally.bytes += member.stored.length;
      run.options.onProgress?.({ records: tally.records, bytes: tally.bytes });
      run.options.signal?.throwIfAborted();
    }
    for await (const bytes of readRest(run, source, files.records, reading.storedBytes)) {
      reading.takeRest(bytes);
      tally.bytes += bytes.length;
    }
  } catch (error) {
    add(sourceFinding(error, 'records'));
    return undefined;
  }
  return reading.finish();
}

/** The state of reading one stored file. */
class Reading {
  /** The members that can be found: up to the first that does not tile. */
  readonly members: readonly Member[];
  storedBytes = 0;
  /** Lines in the last member taken. */
  taken = 0;
  readonly #run: ArchiveRun;
  readonly #plan: RecordsPlan;
  readonly #fileSize: number;
  readonly #scan: RecordScan | undefined;
  readonly #stored: Hasher;
  readonly #lines: Hasher;
  readonly #roots = new Map<number, string>();
  #whole: boolean;

  constructor(run: ArchiveRun, plan: RecordsPlan, fileSize: number) {
    const { index } = plan;
    this.#run = run;
    this.#plan = plan;
    this.#fileSize = fileSize;
    this.#stored = run.engine.hasher();
    this.#lines = run.engine.hasher();
    this.#scan = index === undefined ? undefined : newScan(run, index, plan, this.#roots);
    this.#whole = index !== undefined;
    this.members = index === undefined ? [] : this.#findable(index);
  }

  take({ member, stored, read }: StoredMember): void {
    const { add, index, final } = this.#plan;
    const scan = this.#scan!;
    this.#stored.update(stored);
    this.storedBytes += stored.length;
    this.taken = 0;
    if (read.status === 'damaged') {
      const cut = final && stored.length < member.size;
      return this.#skip(member.first, member.first + member.count - 1, cut ? 'TAIL_TRUNCATED' : 'MEMBER_DAMAGED');
    }
    if (read.form !== undefined)
      add({
        code: 'GZIP_FORM',
        seq: member.first,
        field: `members[${index!.members.indexOf(member)}]`,
        expected: read.form,
        actual: 'another',
      });
    this.#lines.update(read.bytes.subarray(1));
    const before = scan.lines;
    scan.push(read.bytes, 1, read.bytes.length);
    this.taken = scan.lines - before;
    if (this.taken !== member.count) {
      add({
        code: 'INDEX_FIELD',
        seq: member.first,
        field: `members[${index!.members.indexOf(member)}].count`,
        expected: this.taken,
        actual: member.count,
      });
    }
  }

  takeRest(bytes: Uint8Array): void {
    this.#stored.update(bytes);
    this.storedBytes += bytes.length;
  }

  finish(): ReadRecords | undefined {
    const { manifest, index, add } = this.#plan;
    const scan = this.#scan;
    const unread = index?.members[this.members.length];
    if (unread !== undefined) this.#skip(unread.first, index!.first + index!.count - 1, 'MEMBER_DAMAGED');
    scan?.finish();
    if (manifest !== undefined) {
      const compare = (field: 'file' | 'records', actual: string): void => {
        if (actual !== manifest.digests[field]) add({ code: 'FILE_DIGEST', field, expected: manifest.digests[field], actual });
      };
      compare('file', this.#stored.hex());
      if (this.#whole) compare('records', this.#lines.hex());
    }
    return scan === undefined ? undefined : this.#summary(scan);
  }

  #findable(index: SegmentIndex): readonly Member[] {
    const fault = tilingFault(index, this.#fileSize);
    if (fault === undefined) return index.members;
    this.#plan.add({ code: 'INDEX_TILING', field: fault.field, expected: fault.expected, actual: fault.actual });
    return fault.member === undefined ? index.members : index.members.slice(0, fault.member);
  }

  #skip(from: number, to: number, code: 'MEMBER_DAMAGED' | 'TAIL_TRUNCATED'): void {
    this.#whole = false;
    this.#plan.add({
      code,
      seq: from,
      expected: recordsText(from, to),
      actual: code === 'TAIL_TRUNCATED' ? 'absent' : 'bytes that cannot be inflated',
    });
    this.#scan!.skipTo(to);
  }

  #summary(scan: RecordScan): ReadRecords {
    const { tree, place } = scan;
    const root = this.#whole && tree !== undefined ? { root: hexEncode(tree.root(this.#run.engine)), end: rangeText(tree) } : {};
    return {
      count: scan.lines,
      last: place.seq,
      lastHash: hexEncode(place.hash),
      firstTime: scan.firstTime,
      lastTime: place.time,
      ...root,
      roots: this.#roots,
    };
  }
}

function newScan(
  run: ArchiveRun,
  index: SegmentIndex,
  { manifest, final, watch, add }: RecordsPlan,
  roots: Map<number, string>,
): RecordScan {
  const first = manifest?.first ?? index.first;
  const last = manifest?.last ?? index.first + index.count - 1;
  const tree = index.first === first ? frontierOf(index) : undefined;
  if (tree === undefined) {
    add({
      code: 'INDEX_FRONTIER',
      field: 'frontier',
      expected: `the compact range of ${first} records`,
      actual: `${index.frontier.length} hashes`,
    });
  }
  const known = manifest === undefined ? {} : { before: hexDecode(manifest.first_prev), lastHash: hexDecode(manifest.last_hash) };
  const expected = { chain: manifest?.chain ?? index.chain, first, last, final, ...known };
  const form = run.level === 'integrity' ? {} : { form: formCheck(add, run.engine) };
  return new RecordScan(
    { expected, watch, onRoot: (size, root) => roots.set(size, root), report: add, ...(tree === undefined ? {} : { tree }), ...form },
    run.engine,
  );
}

import type { Hasher } from '@countersign/proof-core/engine/engine';
import type { ReadRun, Tally } from '../context.ts';
import type { Finding } from '../finding.ts';
import type { ArchiveFile, ArchiveSource } from '../ports.ts';
import { recordsText } from '../record/place.ts';
import type { RecordScan } from '../record/scan.ts';
import { type ReadRecords, type RecordsPlan, startScan, summary } from './plan.ts';
import { type StoredMember, readMembers } from './read.ts';
import { scanMembers } from './scan-members.ts';

/** What a stored file came to when it was read member by member. */
export interface MembersOutcome {
  readonly records: ReadRecords;
  /** Whether a member could be inflated; if none, no finding was reported. */
  readonly readable: boolean;
  /** SHA-256 of the lines, hex; absent when some could not be read, and at level `integrity`. */
  readonly linesDigest?: string;
}

/** Keeps findings back until a member could be read: if none can, the file is read in another way, and they count for nothing. */
class HeldFindings {
  #held: Finding[] | undefined = [];
  readonly #add: (finding: Finding) => void;

  constructor(add: (finding: Finding) => void) {
    this.#add = add;
  }

  readonly add = (finding: Finding): void => {
    if (this.#held === undefined) this.#add(finding);
    else this.#held.push(finding);
  };

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const finding of held) this.#add(finding);
  }
}

/**
 * Reads the stored file of a segment by its index, whose members tile the file: each alone, a few ahead, whatever is wrong with another.
 *
 * @param stored takes the file's bytes
 */
export async function readByMembers(
  run: ReadRun,
  tally: Tally,
  source: ArchiveSource,
  file: ArchiveFile,
  plan: RecordsPlan,
  stored: Hasher,
): Promise<MembersOutcome> {
  const held = new HeldFindings(plan.add);
  const heldPlan = { ...plan, add: held.add };
  const started = startScan(run, heldPlan);
  const { scan } = started;
  // At level `integrity` every line is under the root already; its digest would cost as much again.
  const lines = run.level === 'integrity' ? undefined : run.engine.hasher();
  let number = 0;
  let readable = 0;
  const { members } = plan.index!;
  const { pool } = run;
  for await (const member of pool === undefined
    ? readMembers(run, source, file.path, members)
    : scanMembers(run, pool, source, file.path, members, plan.watch)) {
    stored.update(member.stored);
    if (member.read.status === 'read') held.release();
    if (takeMember(scan, heldPlan, member, number++)) {
      readable++;
      if (member.read.status === 'read') lines?.update(member.read.bytes.subarray(1));
    }
    tally.bytes += member.stored.length;
    run.advance(member.member.count, member.stored.length);
    run.options.signal?.throwIfAborted();
  }
  scan.finish();
  const whole = readable === number;
  return {
    records: summary(run, started, whole),
    readable: readable > 0,
    ...(whole && lines !== undefined ? { linesDigest: lines.hex() } : {}),
  };
}

function takeMember(scan: RecordScan, { add }: RecordsPlan, { member, read, scanned }: StoredMember, number: number): boolean {
  const { first, count } = member;
  if (read.status === 'damaged') {
    add({ code: 'MEMBER_DAMAGED', seq: first, expected: recordsText(first, first + count - 1), actual: 'bytes that cannot be inflated' });
    scan.skipTo(first + count - 1);
    return false;
  }
  const field = `members[${number}]`;
  if (read.form !== undefined) add({ code: 'GZIP_FORM', seq: first, field, expected: read.form, actual: 'another' });
  const before = scan.lines;
  if (scanned === undefined) scan.push(read.bytes, 1, read.bytes.length);
  else scan.pushScanned(read.bytes, 1, read.bytes.length, scanned.stretch, scanned.leaves);
  const lines = scan.lines - before;
  if (lines !== count) add({ code: 'INDEX_FIELD', seq: first, field: `${field}.count`, expected: lines, actual: count });
  return true;
}

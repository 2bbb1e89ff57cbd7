import type { ReadRun, Tally } from '../context.ts';
import type { ArchiveFile, ArchiveSource } from '../ports.ts';
import { recordsText } from '../record/place.ts';
import { tilingFault } from './index-file.ts';
import type { SegmentFiles } from './names.ts';
import { type ReadRecords, type RecordsPlan, bounds } from './plan.ts';
import { readByMembers } from './read-members.ts';
import { readByStream } from './read-stream.ts';
import { readRest, sourceFinding } from './read.ts';

export type { ReadRecords } from './plan.ts';

/** Reads and judges the stored file of a segment: digests, gzip members, records, links, tree. */
export async function readRecords(
  run: ReadRun,
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
  try {
    const records = await readFile(run, tally, source, files.records, plan);
    return records;
  } catch (error) {
    add(sourceFinding(error, 'records'));
    return undefined;
  }
}

async function readFile(
  run: ReadRun,
  tally: Tally,
  source: ArchiveSource,
  file: ArchiveFile,
  plan: RecordsPlan,
): Promise<ReadRecords | undefined> {
  if (isTiled(plan, file.size)) {
    const stored = run.engine.hasher();
    const outcome = await readByMembers(run, tally, source, file, plan, stored);
    if (outcome.readable) {
      compareDigests(plan, stored.hex(), outcome.linesDigest);
      return outcome.records;
    }
  }
  const stored = run.engine.hasher();
  for await (const bytes of readRest(run, source, file, 0)) {
    stored.update(bytes);
    tally.bytes += bytes.length;
  }
  if (run.inflater.gunzip === undefined) {
    const { first, last } = bounds(plan);
    plan.add({ code: 'MEMBER_DAMAGED', seq: first, expected: recordsText(first, last), actual: 'members that cannot be found' });
    compareDigests(plan, stored.hex(), undefined);
    return undefined;
  }
  const outcome = await readByStream(run, source, file, plan);
  compareDigests(plan, stored.hex(), outcome.linesDigest);
  return outcome.records;
}

/** Tells whether the index can be used to find the members. */
function isTiled({ index, add }: RecordsPlan, fileSize: number): boolean {
  const fault = index === undefined ? undefined : tilingFault(index, fileSize);
  if (fault !== undefined) add({ code: 'INDEX_TILING', field: fault.field, expected: fault.expected, actual: fault.actual });
  return index !== undefined && fault === undefined;
}

function compareDigests({ manifest, add }: RecordsPlan, file: string, lines: string | undefined): void {
  if (manifest === undefined) return;
  const { digests } = manifest;
  if (file !== digests.file)
    add({ code: lines === digests.records ? 'FILE_RECOMPRESSED' : 'FILE_DIGEST', field: 'file', expected: digests.file, actual: file });
  if (lines !== undefined && lines !== digests.records)
    add({ code: 'FILE_DIGEST', field: 'records', expected: digests.records, actual: lines });
}

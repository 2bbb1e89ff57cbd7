import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { SegmentManifest } from '../../archive/manifest.ts';
import { type ArchiveRun, type Tally, inSegment } from '../context.ts';
import { FindingList } from '../finding.ts';
import type { Attestation } from '../../store/attestation-store.ts';
import { SourceError } from '../ports.ts';
import { type JudgedDocument, judgeDocument } from '../trust/document.ts';
import { type JudgedNote, judgeNote, readNote } from '../trust/note.ts';
import type { ReadRecords } from './plan.ts';
import type { SegmentFiles } from './names.ts';
import type { SegmentReading } from './read-segment.ts';

/** What one segment came to, judged alone. */
export interface SegmentResult extends Omit<SegmentReading, 'findings' | 'manifestBytes' | 'bytes'> {
  readonly files: SegmentFiles;
  readonly findings: FindingList;
  /** The records give the root of manifest and checkpoint. */
  readonly rootHolds: boolean;
  readonly note?: JudgedNote;
  readonly signed?: JudgedDocument;
}

/** Judges what was read of a segment: the root against its checkpoint, and the signatures by the pinned registry. */
export async function judgeSegment(run: ArchiveRun, tally: Tally, files: SegmentFiles, reading: SegmentReading): Promise<SegmentResult> {
  const { findings: kept, manifestBytes, bytes, ...rest } = reading;
  const findings = FindingList.from(kept, run.options.maxFindings);
  const add = inSegment(findings, files.first);
  tally.segments++;
  tally.bytes += bytes;
  tally.records += reading.records?.count ?? 0;
  const { manifest, records } = reading;
  const lastTime = records === undefined || records.lastTime === '' ? undefined : records.lastTime;
  if (manifest === undefined || manifestBytes === undefined) return { ...rest, files, findings, rootHolds: false };
  const signed = await judgeDocument(run, tally, 'segment-manifest', manifestBytes, lastTime);
  const note = await judgeCheckpoint(run, tally, files, manifest, lastTime, add);
  const rootHolds = checkRoot(records, manifest, add) && note !== undefined;
  return { ...rest, files, findings, rootHolds, signed, ...(note === undefined ? {} : { note }) };
}

async function judgeCheckpoint(
  run: ArchiveRun,
  tally: Tally,
  files: SegmentFiles,
  manifest: SegmentManifest,
  earliest: string | undefined,
  add: FindingList['add'],
): Promise<JudgedNote | undefined> {
  const read = readNote(utf8Encode(manifest.checkpoint), run.chain);
  if ('finding' in read) {
    add(read.finding);
    return undefined;
  }
  const { checkpoint, root } = read.note;
  const differs = checkpoint.size !== manifest.size || root !== manifest.root;
  if (checkpoint.size !== manifest.size)
    add({ code: 'CHECKPOINT_DIFFERS', field: 'size', expected: manifest.size, actual: checkpoint.size });
  else if (differs) add({ code: 'CHECKPOINT_DIFFERS', field: 'root', expected: manifest.root, actual: root });
  const judged = await judgeNote(run, tally, read.note, earliest, await readBeside(run, files, add));
  return differs ? undefined : judged;
}

/** What lies beside the manifest; what cannot be read is reported and does not count. */
async function readBeside(run: ArchiveRun, files: SegmentFiles, add: FindingList['add']): Promise<readonly Attestation[]> {
  try {
    return await run.readAttestations(files);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    add({ code: 'SOURCE_UNREADABLE', field: 'attestation', actual: error.message });
    return [];
  }
}

function checkRoot(records: ReadRecords | undefined, manifest: SegmentManifest, add: FindingList['add']): boolean {
  if (records?.root === undefined) return false;
  if (records.root === manifest.root) return true;
  add({ code: 'ROOT_DIFFERS', seq: manifest.last, field: 'root', expected: manifest.root, actual: records.root });
  return false;
}

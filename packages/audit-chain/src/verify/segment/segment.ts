import { ProofError } from '@countersign/proof-core/errors';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { SegmentManifest } from '../../archive/manifest.ts';
import { type ArchiveRun, type Tally, inSegment } from '../context.ts';
import { FindingList } from '../finding.ts';
import type { ArchiveSource } from '../ports.ts';
import { type JudgedManifest, judgeManifest } from '../trust/manifest.ts';
import { type JudgedNote, judgeNote, readNote } from '../trust/note.ts';
import { MAX_INDEX_BYTES, type SegmentIndex, readIndex } from './index-file.ts';
import { MemberError, indexContradiction, readManifest } from './manifest.ts';
import type { SegmentFiles } from './names.ts';
import { readSmall, refusal } from './read.ts';
import { type ReadRecords, readRecords } from './records.ts';

const MAX_MANIFEST_BYTES = 1 << 20;

/** What one segment came to, judged alone. */
export interface SegmentResult {
  readonly files: SegmentFiles;
  readonly findings: FindingList;
  readonly manifest?: SegmentManifest;
  /** SHA-256 of the manifest's payload, hex: what the next manifest names. */
  readonly digest?: string;
  readonly index?: SegmentIndex;
  readonly records?: ReadRecords;
  /** The records give the root of manifest and checkpoint. */
  readonly rootHolds: boolean;
  readonly note?: JudgedNote;
  readonly signed?: JudgedManifest;
}

interface Parts {
  readonly manifest?: SegmentManifest;
  readonly digest?: string;
  readonly bytes?: Uint8Array;
}

/**
 * Judges one segment alone: manifest, index, stored file, records, tree, checkpoint, signatures.
 *
 * @param final whether nothing follows it in the archive
 * @param watch tree sizes whose roots are wanted
 */
export async function verifySegment(
  run: ArchiveRun,
  tally: Tally,
  source: ArchiveSource,
  files: SegmentFiles,
  { final, watch }: { readonly final: boolean; readonly watch: readonly number[] },
): Promise<SegmentResult> {
  const findings = new FindingList(run.options.maxFindings);
  const add = inSegment(findings, files.first);
  const { manifest, digest, bytes } = await readManifestFile(run, source, files, findings);
  const index = await readIndexFile(run, source, files, manifest, findings);
  if (manifest !== undefined) checkPlace(run, files, manifest, add);
  const records =
    manifest === undefined && index === undefined
      ? undefined
      : await readRecords(run, tally, source, files, { manifest, index, final, watch, add });
  tally.segments++;
  const lastTime = records === undefined || records.lastTime === '' ? undefined : records.lastTime;
  if (records !== undefined && records.firstTime !== '' && records.firstTime.slice(0, 10) !== files.date) {
    add({ code: 'MANIFEST_PLACE', field: 'date', expected: records.firstTime.slice(0, 10), actual: files.date });
  }
  const base = { files, findings, ...(index === undefined ? {} : { index }), ...(records === undefined ? {} : { records }) };
  if (manifest === undefined || bytes === undefined) return { ...base, rootHolds: false };
  const signed = await judgeManifest(run, tally, bytes, lastTime);
  const note = await judgeCheckpoint(run, tally, manifest, lastTime, add);
  const rootHolds = checkRoot(records, manifest, add) && note !== undefined;
  return { ...base, manifest, digest: digest!, rootHolds, signed, ...(note === undefined ? {} : { note }) };
}

async function readManifestFile(run: ArchiveRun, source: ArchiveSource, files: SegmentFiles, findings: FindingList): Promise<Parts> {
  const add = inSegment(findings, files.first);
  const bytes = await readSmall(run, source, files.manifest, 'manifest', MAX_MANIFEST_BYTES);
  if (!(bytes instanceof Uint8Array)) {
    add(bytes);
    return {};
  }
  try {
    const document = parseDocument(bytes, run.engine);
    if (document.type !== DOCUMENT_TYPES['segment-manifest']) throw new MemberError('typ', DOCUMENT_TYPES['segment-manifest']);
    if (document.form !== 'general') throw new MemberError('manifest', 'the general JSON form');
    return { manifest: readManifest(document.value), digest: document.digest, bytes };
  } catch (error) {
    if (!(error instanceof ProofError) && !(error instanceof MemberError)) throw error;
    add({ code: 'MANIFEST_MALFORMED', ...refusal(error) });
    return {};
  }
}

async function readIndexFile(
  run: ArchiveRun,
  source: ArchiveSource,
  files: SegmentFiles,
  manifest: SegmentManifest | undefined,
  findings: FindingList,
): Promise<SegmentIndex | undefined> {
  const add = inSegment(findings, files.first);
  const bytes = await readSmall(run, source, files.index, 'index', MAX_INDEX_BYTES);
  if (!(bytes instanceof Uint8Array)) {
    add(bytes);
    return undefined;
  }
  const actual = run.engine.sha256Hex(bytes);
  if (manifest !== undefined && manifest.digests.index !== actual) {
    add({ code: 'FILE_DIGEST', field: 'index', expected: manifest.digests.index, actual });
  }
  try {
    const index = readIndex(bytes);
    const contradiction = manifest === undefined ? undefined : indexContradiction(manifest, index);
    // Where it contradicts the manifest it still says where the members lie; what they must hold, the manifest says.
    if (contradiction !== undefined) add({ code: 'INDEX_FIELD', ...contradiction });
    return index;
  } catch (error) {
    if (!(error instanceof ProofError) && !(error instanceof MemberError)) throw error;
    add({ code: 'INDEX_MALFORMED', ...refusal(error) });
    return undefined;
  }
}

function checkPlace(run: ArchiveRun, files: SegmentFiles, manifest: SegmentManifest, add: FindingList['add']): void {
  if (manifest.chain !== run.chain) add({ code: 'MANIFEST_PLACE', field: 'chain', expected: run.chain, actual: manifest.chain });
  if (manifest.first !== files.first) add({ code: 'MANIFEST_PLACE', field: 'first', expected: manifest.first, actual: files.first });
}

async function judgeCheckpoint(
  run: ArchiveRun,
  tally: Tally,
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
  const judged = await judgeNote(run, tally, read.note, earliest);
  return differs ? undefined : judged;
}

function checkRoot(records: ReadRecords | undefined, manifest: SegmentManifest, add: FindingList['add']): boolean {
  if (records?.root === undefined) return false;
  if (records.root === manifest.root) return true;
  add({ code: 'ROOT_DIFFERS', seq: manifest.last, field: 'root', expected: manifest.root, actual: records.root });
  return false;
}

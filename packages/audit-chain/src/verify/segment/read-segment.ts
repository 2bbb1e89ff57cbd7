import { ProofError } from '@countersign/proof-core/errors';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import type { SegmentManifest } from '../../archive/manifest.ts';
import { type ReadRun, Tally, inSegment } from '../context.ts';
import { FindingList, type KeptFindings } from '../finding.ts';
import type { ArchiveSource } from '../ports.ts';
import { MAX_INDEX_BYTES, type SegmentIndex, readIndex } from './index-file.ts';
import { MAX_MANIFEST_BYTES, MemberError, indexContradiction, readManifest } from './manifest.ts';
import type { SegmentFiles } from './names.ts';
import { readSmall, refusal } from './read.ts';
import { type ReadRecords, readRecords } from './records.ts';

/** One segment to read. */
export interface SegmentJob {
  readonly files: SegmentFiles;
  /** Whether nothing follows it in the archive. */
  readonly final: boolean;
  /** Tree sizes whose roots are wanted. */
  readonly watch: readonly number[];
}

/** What reading one segment came to, before anybody asks who signed it. Plain data: it can be sent from thread to thread. */
export interface SegmentReading {
  readonly findings: KeptFindings;
  readonly manifest?: SegmentManifest;
  /** The manifest file. */
  readonly manifestBytes?: Uint8Array;
  /** SHA-256 of the manifest's payload, hex: what the next manifest names. */
  readonly digest?: string;
  /** Number of the last record, as manifest or index say. */
  readonly last?: number;
  /** The index's frontier, as text. */
  readonly frontier?: string;
  readonly records?: ReadRecords;
  readonly bytes: number;
}

/** Reads one segment alone: manifest, index, stored file, records, tree. */
export async function readSegment(run: ReadRun, source: ArchiveSource, { files, final, watch }: SegmentJob): Promise<SegmentReading> {
  const findings = new FindingList(run.options.maxFindings);
  const tally = new Tally();
  const add = inSegment(findings, files.first);
  const { manifest, digest, bytes } = await readManifestFile(run, source, files, findings);
  const index = await readIndexFile(run, source, files, manifest, findings);
  if (manifest !== undefined) checkPlace(run, files, manifest, add);
  const known = manifest !== undefined || index !== undefined;
  const records = known ? await readRecords(run, tally, source, files, { manifest, index, final, watch, add }) : undefined;
  const date = records?.firstTime.slice(0, 10) ?? '';
  if (date !== '' && files.date !== undefined && date !== files.date) {
    add({ code: 'MANIFEST_PLACE', field: 'date', expected: date, actual: files.date });
  }
  const last = manifest?.last ?? (index === undefined ? undefined : index.first + index.count - 1);
  return {
    findings: findings.dump(),
    bytes: tally.bytes,
    ...(manifest === undefined ? {} : { manifest, digest: digest!, manifestBytes: bytes! }),
    ...(last === undefined ? {} : { last }),
    ...(index === undefined ? {} : { frontier: index.frontier.join() }),
    ...(records === undefined ? {} : { records }),
  };
}

interface Parts {
  readonly manifest?: SegmentManifest;
  readonly digest?: string;
  readonly bytes?: Uint8Array;
}

async function readManifestFile(run: ReadRun, source: ArchiveSource, files: SegmentFiles, findings: FindingList): Promise<Parts> {
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
  run: ReadRun,
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

function checkPlace(run: ReadRun, files: SegmentFiles, manifest: SegmentManifest, add: FindingList['add']): void {
  if (manifest.chain !== run.chain) add({ code: 'MANIFEST_PLACE', field: 'chain', expected: run.chain, actual: manifest.chain });
  if (manifest.first !== files.first) add({ code: 'MANIFEST_PLACE', field: 'first', expected: manifest.first, actual: files.first });
}

import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { verifyDocument } from '@countersign/proof-core/document/verify';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { checkpointKeys } from '../append/keys.ts';
import type { SegmentManifest } from '../archive/manifest.ts';
import { ChainError } from '../errors.ts';
import type { ArchiveSource } from '../verify/ports.ts';
import { MemberError, readManifest } from '../verify/segment/manifest.ts';
import type { SegmentFiles } from '../verify/segment/names.ts';

/** A segment of an archive, with what was signed about it. */
export interface SignedSegment {
  readonly files: SegmentFiles;
  readonly manifest: SegmentManifest;
  /** Of the manifest's payload, hex. */
  readonly digest: string;
}

/** How many records an archive says it has; undefined when its last manifest cannot be read. Nothing of it is verified. */
export async function archivedSize(source: ArchiveSource, segments: readonly SegmentFiles[], engine: Engine): Promise<number | undefined> {
  const file = segments.at(-1)?.manifest;
  if (file === undefined) return undefined;
  try {
    return readManifest(parseDocument(await source.read(file.path, 0, file.size), engine).value).size;
  } catch (error) {
    if (error instanceof ProofError || error instanceof MemberError) return undefined;
    throw error;
  }
}

/**
 * Reads the manifest of a segment, and requires that trusted keys signed it and its checkpoint.
 *
 * @throws ChainError ERR_RESTORE_ARCHIVE; SourceError
 */
export async function readSigned(
  source: ArchiveSource,
  files: SegmentFiles,
  { resolver, chain }: { readonly resolver: KeyResolver; readonly chain: string },
  engine: Engine,
): Promise<SignedSegment> {
  const field = `segment ${files.first}`;
  if (files.manifest === undefined) throw notRestored(field, 'a manifest', 'none');
  const bytes = await source.read(files.manifest.path, 0, files.manifest.size);
  try {
    const policy = { type: DOCUMENT_TYPES['segment-manifest'], purpose: 'segment', resolver, chain } as const;
    const { value, digest } = await verifyDocument(bytes, policy, engine);
    const manifest = readManifest(value);
    const { textBytes } = await verifyNote(utf8Encode(manifest.checkpoint), checkpointKeys(resolver, chain), engine);
    const { origin, size, root } = parseCheckpoint(textBytes);
    const agrees = origin === chain && manifest.chain === chain && manifest.first === files.first && size === manifest.size;
    if (!agrees || hexEncode(root) !== manifest.root) throw notRestored(field, 'a manifest of this segment', 'another');
    return { files, manifest, digest };
  } catch (cause) {
    if (!(cause instanceof ProofError || cause instanceof MemberError)) throw cause;
    throw notRestored(field, 'a signed manifest', cause instanceof ProofError ? cause.code : cause.field, cause);
  }
}

/** The records of a segment must give the root that was signed for its end. */
export function requireRoot({ manifest, files }: SignedSegment, size: number, root: Uint8Array, expected: Uint8Array): void {
  if (size === manifest.size && equalBytes(root, expected)) return;
  throw notRestored(`segment ${files.first}`, `root ${manifest.root} of size ${manifest.size}`, `root ${hexEncode(root)} of size ${size}`);
}

/** What does not verify is not restored. */
export function notRestored(field: string, expected: string, actual: string, cause?: unknown): ChainError {
  const message = `${field}: expected ${expected}, got ${actual}; nothing of it was restored`;
  return new ChainError('ERR_RESTORE_ARCHIVE', message, { field, expected, actual, ...(cause === undefined ? {} : { cause }) });
}

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
 * Pins the manifests of an archive that was verified: each names the one before it by digest, so that the last one, which a trusted key must have
 * signed, speaks for all. The keys of older ones may have been compromised since.
 *
 * @returns digests of the payloads, hex, by the first record of the segment
 * @throws ChainError ERR_RESTORE_ARCHIVE; SourceError
 */
export async function pinManifests(
  source: ArchiveSource,
  segments: readonly SegmentFiles[],
  trust: { readonly resolver: KeyResolver; readonly chain: string },
  engine: Engine,
): Promise<ReadonlyMap<number, string>> {
  const pinned = new Map<number, string>();
  let next: string | undefined;
  for (const files of segments.toReversed()) {
    const { manifest, digest } = await readSigned(source, files, next === undefined ? trust : { ...trust, pinned: next }, engine);
    pinned.set(files.first, digest);
    next = manifest.previous;
  }
  return pinned;
}

/** A key that was compromised still shows that a manifest which something else vouches for is the one. */
function forgiving(resolver: KeyResolver): KeyResolver {
  return {
    entries: () => resolver.entries(),
    resolve(query) {
      const answer = resolver.resolve(query);
      if (answer.trusted || answer.reason !== 'compromised' || answer.entry === undefined) return answer;
      return { trusted: true, entry: answer.entry, time: 'asserted' };
    },
  };
}

/**
 * Reads the manifest of a segment, and requires that trusted keys signed it and its checkpoint.
 *
 * @param trust `pinned` the digest that it must have: then its key may be one that was compromised since
 * @throws ChainError ERR_RESTORE_ARCHIVE; SourceError
 */
export async function readSigned(
  source: ArchiveSource,
  files: SegmentFiles,
  { resolver, chain, pinned }: { readonly resolver: KeyResolver; readonly chain: string; readonly pinned?: string | undefined },
  engine: Engine,
): Promise<SignedSegment> {
  const field = `segment ${files.first}`;
  if (files.manifest === undefined) throw notRestored(field, 'a manifest', 'none');
  const bytes = await source.read(files.manifest.path, 0, files.manifest.size);
  try {
    const policy = {
      type: DOCUMENT_TYPES['segment-manifest'],
      purpose: 'segment',
      resolver: pinned === undefined ? resolver : forgiving(resolver),
      chain,
    } as const;
    const { value, digest } = await verifyDocument(bytes, policy, engine);
    if (digest !== (pinned ?? digest)) throw notRestored(field, `the manifest ${pinned}, which was verified`, digest);
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

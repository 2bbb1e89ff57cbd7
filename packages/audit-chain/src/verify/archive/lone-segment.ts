import { parseDocument } from '@countersign/proof-core/document/parse';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { type ArchiveFile, type ArchiveSource, SourceError } from '../ports.ts';
import { MAX_INDEX_BYTES, readIndex } from '../segment/index-file.ts';
import { MAX_MANIFEST_BYTES, MemberError, readManifest } from '../segment/manifest.ts';
import type { SegmentFiles } from '../segment/names.ts';

/** The files of one segment, wherever they lie and whatever they are called. */
export type LoneFiles = Pick<SegmentFiles, 'records' | 'index' | 'manifest'>;

/** Of a segment that neither manifest nor index says of what chain it is; the findings tell why. */
const NO_CHAIN = 'unknown.invalid';

interface Place {
  readonly chain: string;
  readonly first: number;
  readonly last: number;
}

/**
 * One segment as an archive of its own, to be judged alone: the index's frontier and the records must give the signed root. Its place in
 * the archive is not judged, because it says nothing of it.
 *
 * @param source gives the bytes of the files
 * @returns the source to verify and the range to ask for
 * @see docs/spec/archive.md §2
 * @example const { source, range } = await loneSegment(folder, files); await inspectArchive(source, { ...range, resolver, inflater });
 */
export async function loneSegment(
  source: ArchiveSource,
  files: LoneFiles,
  engine: Engine = defaultEngine,
): Promise<{ readonly source: ArchiveSource; readonly range: { readonly from?: number; readonly to?: number } }> {
  const place = (await placeIn(files.manifest, MAX_MANIFEST_BYTES, inManifest)) ?? (await placeIn(files.index, MAX_INDEX_BYTES, inIndex));
  const { chain = NO_CHAIN, first = 0 } = place ?? {};
  const path = files.records?.path ?? files.index?.path ?? files.manifest?.path ?? '';
  const segment: SegmentFiles = { ...files, key: path, chain, date: undefined, first };
  return {
    source: { ...source, segments: () => Promise.resolve([segment]) },
    range: place === undefined ? {} : { from: place.first, to: place.last },
  };

  async function placeIn(file: ArchiveFile | undefined, most: number, read: (bytes: Uint8Array) => Place): Promise<Place | undefined> {
    if (file === undefined || file.size > most) return undefined;
    try {
      return read(await source.read(file.path, 0, file.size));
    } catch (error) {
      // What is wrong with it is found when it is judged.
      if (error instanceof ProofError || error instanceof MemberError || error instanceof SourceError) return undefined;
      throw error;
    }
  }

  function inManifest(bytes: Uint8Array): Place {
    return readManifest(parseDocument(bytes, engine).value);
  }
}

function inIndex(bytes: Uint8Array): Place {
  const { chain, first, count } = readIndex(bytes);
  return { chain, first, last: first + count - 1 };
}

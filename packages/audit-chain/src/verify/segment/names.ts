import { isChainId } from '@countersign/proof-core/record/chain-id';
import { SEGMENT_FILES } from '../../archive/key.ts';
import type { ArchiveFile } from '../ports.ts';

/** The files of one segment, by their common key. */
export interface SegmentFiles {
  /** `<chain>/YYYY/MM/DD/<first, 16 digits>`. */
  readonly key: string;
  readonly chain: string;
  /** `YYYY-MM-DD`, from the key; undefined of a segment that is judged alone. */
  readonly date: string | undefined;
  /** Number of the first record, from the key. */
  readonly first: number;
  readonly records?: ArchiveFile;
  readonly index?: ArchiveFile;
  readonly manifest?: ArchiveFile;
  /** Cosignatures and time stamps beside the manifest. */
  readonly attestations?: readonly ArchiveFile[];
}

/** What a listing holds. */
export interface Listing {
  /** Segments in the order of their records; two of one first number side by side. */
  readonly segments: readonly SegmentFiles[];
  /** Files whose names are not those of a segment. */
  readonly strays: readonly ArchiveFile[];
}

const KEY = /^(.+)\/(\d{4})\/(\d{2})\/(\d{2})\/(\d{16})(\.jsonl\.gz|\.index\.json|\.manifest\.json)$/;

/** `<key>.<first 16 hex digits of the SHA-256 of the content>.cosignature` and `….timestamp` (docs/spec/attestation.md). */
const ATTESTATION = /^(.+)\.[0-9a-f]{16}\.(?:cosignature|timestamp)$/;

const ROLES: readonly (readonly [ending: string, role: 'records' | 'index' | 'manifest'])[] = [
  [SEGMENT_FILES.records, 'records'],
  [SEGMENT_FILES.index, 'index'],
  [SEGMENT_FILES.manifest, 'manifest'],
];

/**
 * Sorts the files of an archive into segments (`docs/spec/archive.md`).
 *
 * @example readListing(await source.list()).segments
 */
export function readListing(files: readonly ArchiveFile[]): Listing {
  const segments = new Map<string, SegmentFiles>();
  const strays: ArchiveFile[] = [];
  const beside: ArchiveFile[] = [];
  for (const file of files) {
    if (ATTESTATION.test(file.path)) {
      beside.push(file);
      continue;
    }
    const [, chain, year, month, day, digits, ending] = KEY.exec(file.path) ?? [];
    const first = Number(digits);
    const role = ROLES.find((role) => role[0] === ending)?.[1];
    if (chain === undefined || !isChainId(chain) || !Number.isSafeInteger(first) || role === undefined) {
      strays.push(file);
      continue;
    }
    const key = file.path.slice(0, -ending!.length);
    segments.set(key, { ...(segments.get(key) ?? { key, chain, date: `${year}-${month}-${day}`, first }), [role]: file });
  }
  for (const file of beside) {
    const key = ATTESTATION.exec(file.path)![1]!;
    const segment = segments.get(key);
    // Beside nothing it says nothing.
    if (segment?.manifest === undefined) strays.push(file);
    else segments.set(key, { ...segment, attestations: [...(segment.attestations ?? []), file] });
  }
  // By code unit, not by locale: the order must be the same everywhere.
  const byPlace = (a: SegmentFiles, b: SegmentFiles): number => a.first - b.first || (a.key < b.key ? -1 : 1);
  return { segments: [...segments.values()].sort(byPlace), strays: strays.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** The chains that a listing holds, sorted. */
export function chainsOf(listing: Listing): string[] {
  return [...new Set(listing.segments.map(({ chain }) => chain))].sort();
}

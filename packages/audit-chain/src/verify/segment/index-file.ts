import { parseCanonical } from '@countersign/proof-core/json/parse';
import { isChainId } from '@countersign/proof-core/record/chain-id';
import type { Member } from '../../archive/segment.ts';
import { MemberError, Members, isHash } from './manifest.ts';

/** A `.index.json` file (docs/spec/archive.md). */
export interface SegmentIndex {
  readonly chain: string;
  readonly count: number;
  readonly first: number;
  /** Compact range of [0, first), hex, left to right. */
  readonly frontier: readonly string[];
  readonly members: readonly Member[];
}

/** The largest index that is read: 16 MiB list more members than a segment of 100 GB has. */
export const MAX_INDEX_BYTES = 16_777_216;

/** The largest gzip member that is inflated: four times what writers make, who end a member at 1 MiB of lines and one line more. */
export const MAX_MEMBER_BYTES = 4_194_304;

/**
 * Reads an index file, strictly: canonical JSON and one line feed, members by their rules.
 *
 * @throws ProofError ERR_NOT_CANONICAL; MemberError
 */
export function readIndex(bytes: Uint8Array): SegmentIndex {
  if (bytes.at(-1) !== 10) throw new MemberError('index', 'canonical JSON and one line feed');
  const members = new Members(parseCanonical(bytes.subarray(0, -1), 'index'), '', 'chain,count,first,format,frontier,members');
  members.text('format', 'countersign/segment-index@1', (text) => text === 'countersign/segment-index@1');
  const frontier = members.get('frontier');
  if (!Array.isArray(frontier) || frontier.length > 53 || !frontier.every((hash) => typeof hash === 'string' && isHash(hash))) {
    throw new MemberError('frontier', 'at most 53 hashes of 64 hex digits');
  }
  const list = members.get('members');
  if (!Array.isArray(list) || list.length === 0) throw new MemberError('members', 'one member or more');
  return {
    chain: members.text('chain', 'a chain id', isChainId),
    count: members.count('count', 1),
    first: members.count('first'),
    frontier: frontier as string[],
    members: list.map((value, i): Member => {
      const member = new Members(value, `members[${i}]`, 'bytes,count,first,offset,size');
      return {
        bytes: member.count('bytes', 1),
        count: member.count('count', 1),
        first: member.count('first'),
        offset: member.count('offset'),
        size: member.count('size', 18),
      };
    }),
  };
}

/** A place where the members do not tile the file, or the records, exactly. */
export interface TilingFault {
  readonly field: string;
  readonly expected: number;
  readonly actual: number;
}

/**
 * Checks that the members tile the records [first, first + count) and the file [0, size) without gap or overlap.
 *
 * @returns the first fault
 */
export function tilingFault(index: SegmentIndex, fileSize: number): TilingFault | undefined {
  let offset = 0;
  let first = index.first;
  for (const [i, member] of index.members.entries()) {
    const fault = (name: string, expected: number, actual: number): TilingFault => ({
      field: `members[${i}].${name}`,
      expected,
      actual,
    });
    if (member.offset !== offset) return fault('offset', offset, member.offset);
    if (member.first !== first) return fault('first', first, member.first);
    if (member.bytes > MAX_MEMBER_BYTES) return fault('bytes', MAX_MEMBER_BYTES, member.bytes);
    if (member.size > MAX_MEMBER_BYTES) return fault('size', MAX_MEMBER_BYTES, member.size);
    offset += member.size;
    first += member.count;
  }
  if (offset !== fileSize) return { field: 'members', expected: fileSize, actual: offset };
  if (first !== index.first + index.count) return { field: 'count', expected: index.count, actual: first - index.first };
  return undefined;
}

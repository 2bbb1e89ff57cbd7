import { concatBytes } from '@countersign/proof-core/bytes/compare';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { hashRecords } from '../append/lines.ts';
import type { GzipMember } from '../archive/segment.ts';

/** What lines came to that went by. */
export interface PassedLines {
  /** SHA-256 of the lines, hex. */
  readonly digest: string;
  /** Hash of the last record, hex. */
  readonly hash: string;
  /** `link.time` of the last record. */
  readonly time: string;
}

const LF = 10;

/**
 * Hashes record lines as they go by, requires that each continues the one before it, and adds them to a tree.
 *
 * @param chunks whole lines, each ending in LF
 * @param expect the chain, the first record, and the hash before it where that is known
 * @param tree grows by the records
 * @yields the chunks as they came
 * @returns what they came to
 * @throws ChainError ERR_CHAIN_TAMPERED
 */
export async function* passRecords(
  chunks: AsyncIterable<Uint8Array>,
  expect: { readonly chain: string; readonly first: number; readonly prev?: string },
  tree: CompactRange,
  engine: Engine,
): AsyncGenerator<Uint8Array, PassedLines> {
  const digest = engine.hasher();
  let first = expect.first;
  let hash = expect.prev;
  let time = '';
  for await (const chunk of chunks) {
    const count = countLines(chunk);
    const of = { chain: expect.chain, first, count, ...(hash === undefined ? {} : { prev: hash }) };
    const hashed = await hashRecords(once(chunk), of, engine);
    tree.appendMany(hashed.leaves, count, engine);
    ({ hash, time } = hashed);
    digest.update(chunk);
    first += count;
    yield chunk;
  }
  return { digest: digest.hex(), hash: hash ?? '', time };
}

// oxlint-disable-next-line typescript/require-await -- a stream of one
async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}

function countLines(chunk: Uint8Array): number {
  let count = 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) count++;
  return count;
}

const MEMBER_BYTES = 2 ** 20;

/** Compresses whole lines to gzip members of about 1 MiB of them. */
export async function* gzipLines(chunks: AsyncIterable<Uint8Array>, gzip: GzipMember): AsyncGenerator<Uint8Array> {
  let open: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    open.push(chunk);
    bytes += chunk.length;
    if (bytes < MEMBER_BYTES) continue;
    yield gzip(concatBytes(...open));
    open = [];
    bytes = 0;
  }
  if (bytes > 0) yield gzip(concatBytes(...open));
}

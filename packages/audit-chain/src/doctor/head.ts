import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { verifyInclusion } from '@countersign/proof-core/merkle/inclusion';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { HighWaterMark, KeyResolver, Mark } from '@countersign/proof-core/ports';
import { checkpointKeys } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import { storedInclusion } from '../append/stored-proof.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';

/** Where a chain stands, as far as its newest note goes. */
export interface VerifiedHead {
  readonly size: number;
  readonly signed: number;
  readonly mark: Mark | undefined;
}

/**
 * Verifies the newest note of a stored chain, the last record under it, and both against the high-water mark; also while others append.
 *
 * It signs nothing and reads no other record: `audit-verify` does that.
 *
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_CHAIN_ROLLED_BACK, ERR_CHAIN_FORKED, ERR_MARK_MISSING, ERR_MARK_STORE, ERR_STORE; ProofError
 *   ERR_NOTE_…, ERR_COMPACT_RANGE for what is stored
 * @example await verifyHead(store, { resolver: registry, mark });
 */
export async function verifyHead(
  store: ChainStore,
  trust: { readonly resolver: KeyResolver; readonly mark: HighWaterMark },
  engine: Engine = defaultEngine,
): Promise<VerifiedHead> {
  // Asked first: what is stored later can only be more.
  const before = await trust.mark.read(store.chain);
  const size = (await store.checkpoint())?.size ?? 0;
  const signed = await verifyNewestNote(store, trust.resolver, engine);
  const mark = await trust.mark.read(store.chain);
  if (signed > size) throw tampered('checkpoint', `one of size ${signed} or more`, `${size}`);
  if (before !== undefined && before.size > size) {
    const message = `chain ${store.chain} has ${size} records, but has been signed up to size ${before.size}: an older copy was put back`;
    throw new ChainError('ERR_CHAIN_ROLLED_BACK', message, { field: 'size', expected: before.size, actual: size });
  }
  if (mark === undefined ? signed > 0 : mark.size < signed) {
    const what = mark === undefined ? 'there is no high-water mark' : `the high-water mark has size ${mark.size}`;
    throw new ChainError(
      mark === undefined ? 'ERR_MARK_MISSING' : 'ERR_MARK_STORE',
      `chain ${store.chain} is signed up to size ${signed}, but ${what}`,
      {
        field: 'high-water mark',
        expected: signed,
        actual: mark?.size ?? 'none',
      },
    );
  }
  if (before !== undefined) await requireSameRoot(store, before);
  return { size, signed, mark };
}

/** @returns the size of the newest note; 0 without one */
async function verifyNewestNote(store: ChainStore, resolver: KeyResolver, engine: Engine): Promise<number> {
  const stored = await store.note();
  if (stored === undefined) return 0;
  const verified = await verifyNote(utf8Encode(stored.note), checkpointKeys(resolver, store.chain), engine);
  const { origin, size, root } = parseCheckpoint(verified.textBytes);
  if (origin !== store.chain || size !== stored.size)
    throw tampered(`note ${stored.size}`, `size ${stored.size}`, `${origin}, size ${size}`);
  const checkpoint = await store.checkpoint(size);
  if (checkpoint === undefined) throw tampered(`checkpoint ${size}`, 'the one that the newest note signs', 'none');
  const range = CompactRange.fromBytes(checkpoint.frontier);
  if (range.size !== size || !equalBytes(range.root(engine), root)) throw tampered(`frontier of size ${size}`, hexEncode(root));
  const record = (await store.recordsAt([size - 1])).get(size - 1);
  if (record === undefined) throw tampered(`record ${size - 1}`, 'a record', 'none');
  try {
    verifyInclusion(size - 1, size, hashLeaf(record, engine), await storedInclusion(store, size - 1, size, engine), root, engine);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw tampered(`record ${size - 1}`, 'the record that is in the tree');
  }
  return size;
}

/** A mark stands at the end of a batch; where that checkpoint was thinned out, a later note covers it. */
async function requireSameRoot(store: ChainStore, mark: Mark): Promise<void> {
  const stored = await store.checkpoint(mark.size);
  if (stored === undefined || equalBytes(stored.root, mark.root)) return;
  throw new ChainError('ERR_CHAIN_FORKED', `chain ${mark.origin} has another root at size ${mark.size} than has been signed`, {
    field: `root of size ${mark.size}`,
    expected: hexEncode(mark.root),
    actual: hexEncode(stored.root),
  });
}

import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { verifyInclusion } from '@countersign/proof-core/merkle/inclusion';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { HighWaterMark, KeyResolver, Mark } from '@countersign/proof-core/ports';
import { ZERO_HASH } from '@countersign/proof-core/record/link';
import { ChainError } from '../errors.ts';
import type { ChainStore, StoredCheckpoint } from '../store/store.ts';
import type { Position } from './plan.ts';
import { checkpointKeys } from './keys.ts';
import { hashRecords, tampered } from './lines.ts';
import { storedInclusion } from './stored-proof.ts';
import { resumeTiles } from './stored-tree.ts';
import { TileBuilder } from './tiles.ts';

/** A chain as the signing process knows it: computed from a verified note and the bytes of the records after it. */
export interface ChainState extends Position {
  /** The compact range of the last verified note; empty when nothing was signed yet. */
  readonly signed: CompactRange;
  /** The record hashes after it: durable, not yet covered by a signed checkpoint. */
  readonly unsigned: Uint8Array;
}

/**
 * Finds out where a stored chain stands, trusting only notes that verify and the high-water mark (architecture §4).
 *
 * The database may say what it likes: a frontier counts when it gives the root of a verified note, records when they continue it.
 *
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_CHAIN_ROLLED_BACK, ERR_CHAIN_FORKED, ERR_MARK_MISSING, ERR_MARK_STORE
 */
export async function recoverChain(
  store: ChainStore,
  trust: { readonly resolver: KeyResolver; readonly mark: HighWaterMark },
  engine: Engine = defaultEngine,
): Promise<ChainState> {
  // In this order, because other processes may be at work: records are there before the mark moves on to them, and the mark before a note.
  const signed = await signedRange(store, trust.resolver, engine);
  const mark = await trust.mark.read(store.chain);
  const stored = await store.checkpoint();
  const size = stored?.size ?? 0;
  if (mark !== undefined && mark.size > size) throw rolledBack(mark, size);
  if (signed.size > size) throw tampered('checkpoint', `one of size ${signed.size} or more`, `${size}`);
  if (mark === undefined && signed.size > 0) {
    throw new ChainError('ERR_MARK_MISSING', `chain ${store.chain} is signed up to size ${signed.size}, but its high-water mark is gone`, {
      field: 'high-water mark',
      expected: `size ${signed.size}`,
      actual: 'none',
    });
  }
  if (mark !== undefined && mark.size < signed.size) {
    const message = `the high-water mark (size ${mark.size}) is behind the newest note (size ${signed.size}): it comes from an older copy`;
    throw new ChainError('ERR_MARK_STORE', message, { field: 'high-water mark', expected: signed.size, actual: mark.size });
  }
  if (size === 0) {
    const head = { size, hash: ZERO_HASH, time: '' };
    return { head, range: CompactRange.empty(), signed, unsigned: new Uint8Array(0), tiles: new TileBuilder(engine) };
  }

  const { leaves, hash, time } = await unsignedRecords(store, signed.size, size, engine);
  const view = new TreeView(signed, leaves, engine);
  if (!equalBytes(view.root(), stored!.root)) throw tampered(`root of size ${size}`, hexEncode(view.root()), hexEncode(stored!.root));
  if (mark !== undefined && !equalBytes(view.root(mark.size), mark.root)) throw forked(mark, view.root(mark.size));
  const range = view.range();
  // The next record names the last one: it has to be the one in the tree, also when nothing waits to be signed.
  verifyLast(hash, size, await storedInclusion(store, size - 1, size, engine), view.root(), engine);
  const tiles = await resumeTiles(store, size, range.hashes, engine);
  return { head: { size, hash, time }, range, signed, unsigned: leaves, tiles };
}

async function signedRange(store: ChainStore, resolver: KeyResolver, engine: Engine): Promise<CompactRange> {
  const stored = await store.note();
  if (stored === undefined) return CompactRange.empty();
  const verified = await verifyNote(utf8Encode(stored.note), checkpointKeys(resolver, store.chain), engine);
  const { origin, size, root } = parseCheckpoint(verified.textBytes);
  if (origin !== store.chain || size !== stored.size) {
    throw tampered(`note ${stored.size}`, `${store.chain}, size ${stored.size}`, `${origin}, size ${size}`);
  }
  const range = readFrontier(await store.checkpoint(size), size);
  if (!equalBytes(range.root(engine), root)) throw tampered(`frontier of size ${size}`, hexEncode(root), hexEncode(range.root(engine)));
  return range;
}

function readFrontier(stored: StoredCheckpoint | undefined, size: number): CompactRange {
  if (stored === undefined) throw tampered(`checkpoint ${size}`, 'the one that the newest note signs', 'none');
  const range = CompactRange.fromBytes(stored.frontier);
  if (range.begin !== 0 || range.size !== size) throw tampered(`frontier of size ${size}`, 'the range of that size', 'another');
  return range;
}

/** Hashes the records after the last note; when there is none, the last record all the same: the next one names it. */
async function unsignedRecords(store: ChainStore, from: number, size: number, engine: Engine) {
  const first = Math.max(0, Math.min(from, size) - 1);
  const prev = first === 0 ? { prev: ZERO_HASH } : {};
  const hashed = await hashRecords(store.records(first, size), { chain: store.chain, first, count: size - first, ...prev }, engine);
  return { ...hashed, leaves: hashed.leaves.slice((from - first) * 32) };
}

function verifyLast(hash: string, size: number, proof: readonly Uint8Array[], root: Uint8Array, engine: Engine): void {
  try {
    verifyInclusion(size - 1, size, hexDecode(hash, 32), proof, root, engine);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw tampered(`record ${size - 1}`, 'the record that is in the tree');
  }
}

function rolledBack(mark: Mark, size: number): ChainError {
  const message = `chain ${mark.origin} has ${size} records, but has been signed up to size ${mark.size}: an older copy was put back; nothing is signed`;
  return new ChainError('ERR_CHAIN_ROLLED_BACK', message, { field: 'size', expected: mark.size, actual: size });
}

function forked(mark: Mark, root: Uint8Array): ChainError {
  const message = `chain ${mark.origin} has another root at size ${mark.size} than has been signed; nothing is signed`;
  return new ChainError('ERR_CHAIN_FORKED', message, {
    field: `root of size ${mark.size}`,
    expected: hexEncode(mark.root),
    actual: hexEncode(root),
  });
}

import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { checkpointKeys } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';

/** A tree that the log has signed. */
export interface SignedTree {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
}

/**
 * The tree of the newest note of a chain, its signature verified: what leaves the database is proven against it.
 *
 * @throws ChainError ERR_EXTRACT_EMPTY when nothing was signed, ERR_CHAIN_TAMPERED; ProofError ERR_NOTE_…
 * @example const { size, root } = await signedTree(store, registry, engine);
 */
export async function signedTree(store: ChainStore, resolver: KeyResolver, engine: Engine): Promise<SignedTree> {
  const stored = await store.note();
  if (stored === undefined) throw new ChainError('ERR_EXTRACT_EMPTY', `chain ${store.chain} has no settled record`, { field: 'chain' });
  const { textBytes } = await verifyNote(utf8Encode(stored.note), checkpointKeys(resolver, store.chain), engine);
  const { origin, size, root } = parseCheckpoint(textBytes);
  if (origin !== store.chain || size !== stored.size)
    throw tampered(`note ${stored.size}`, `${store.chain}, size ${stored.size}`, `${origin}, size ${size}`);
  return { size, root, note: stored.note };
}

import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { checkpointKeys } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';

/** A time stamp that was asked for and verified: its token and what it says. */
export interface Stamped {
  readonly token: Uint8Array;
  readonly time: string;
  readonly authority: string;
}

/** What stamping a checkpoint needs. */
export interface StampParts {
  readonly store: ChainStore;
  /** Knows the keys of the log: what is in the database is verified before anybody sees it. */
  readonly resolver: KeyResolver;
  /** The authorities, by what reports call them; each asks for a stamp of the bytes and verifies it. */
  readonly authorities: ReadonlyMap<string, (data: Uint8Array, signal?: AbortSignal) => Promise<Stamped>>;
}

/** What one authority did. */
export type StampOutcome =
  | { readonly from: string; readonly time: string; readonly authority: string }
  | { readonly from: string; readonly error: ChainError };

/**
 * Has a checkpoint of a chain stamped by authorities, all at once, and keeps the tokens beside the note. What is stamped is the signed note, not
 * its text alone: only so it bounds the time of the signature (docs/spec/attestation.md).
 *
 * @param size of a signed checkpoint; the newest when absent
 * @returns undefined when there is no such checkpoint
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_STORE; ProofError ERR_NOTE_… when the note in the database is not the log's
 * @example await stampCheckpoint({ store, resolver, authorities })
 */
export async function stampCheckpoint(
  { store, resolver, authorities }: StampParts,
  size?: number,
  signal?: AbortSignal,
  engine: Engine = defaultEngine,
): Promise<{ readonly size: number; readonly outcomes: readonly StampOutcome[] } | undefined> {
  const stored = await store.note(size);
  if (stored === undefined || (size !== undefined && stored.size !== size)) return undefined;
  const note = utf8Encode(stored.note);
  const checkpoint = parseCheckpoint((await verifyNote(note, checkpointKeys(resolver, store.chain), engine)).textBytes);
  if (checkpoint.origin !== store.chain || checkpoint.size !== stored.size)
    throw tampered(`note ${stored.size}`, `${store.chain}, size ${stored.size}`, `${checkpoint.origin}, size ${checkpoint.size}`);
  const ask = async ([from, stamp]: readonly [
    string,
    (data: Uint8Array, signal?: AbortSignal) => Promise<Stamped>,
  ]): Promise<StampOutcome> => {
    try {
      const { token, time, authority } = await stamp(note.slice(), signal);
      await store.attestations().add(stored.size, { kind: 'timestamp', content: token });
      return { from, time, authority };
    } catch (error) {
      if (error instanceof ChainError && error.code.includes('TIMESTAMP')) return { from, error };
      throw error;
    }
  };
  return { size: stored.size, outcomes: await Promise.all([...authorities].map(ask)) };
}

import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { type Checkpoint, parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { checkpointKeys } from '../append/keys.ts';
import { ChainError } from '../errors.ts';
import type { TileTarget } from './target.ts';

/** Key of the one file of a tile tree that is ever replaced (C2SP tlog-tiles). */
export const CHECKPOINT = 'checkpoint';

/** What a tile tree says of itself. */
export interface Published {
  /** The file; undefined of a new tree. */
  readonly bytes: Uint8Array | undefined;
  /** Undefined of a new tree. */
  readonly checkpoint: Checkpoint | undefined;
}

/**
 * Reads the checkpoint of a tile tree, which must be one of this chain's under a key of its own.
 *
 * @throws ChainError ERR_ARCHIVE_CONFLICT
 */
export async function readPublished(target: TileTarget, chain: string, resolver: KeyResolver, engine: Engine): Promise<Published> {
  const bytes = await target.read(CHECKPOINT);
  if (bytes === undefined) return { bytes, checkpoint: undefined };
  try {
    const { textBytes } = await verifyNote(bytes, checkpointKeys(resolver, chain), engine);
    const checkpoint = parseCheckpoint(textBytes);
    if (checkpoint.origin === chain) return { bytes, checkpoint };
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
  }
  throw new ChainError('ERR_ARCHIVE_CONFLICT', `${CHECKPOINT} is there and none of ${chain}; nothing was overwritten`, {
    field: CHECKPOINT,
    expected: `a checkpoint of ${chain}`,
    actual: 'another file',
  });
}

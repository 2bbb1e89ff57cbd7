import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { checkpointKeys } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import type { StoredNote } from '../store/store.ts';

/**
 * Requires that a stored note is signed for a chain and has this root: what contradicts what was signed leaves the database nowhere.
 *
 * @param of what the root was made of, for the error
 * @throws ChainError ERR_CHAIN_TAMPERED; ProofError ERR_NOTE_… when the note does not verify
 */
export async function requireSigned(
  chain: string,
  note: StoredNote,
  root: Uint8Array,
  resolver: KeyResolver,
  of: string,
  engine: Engine,
): Promise<void> {
  const verified = await verifyNote(utf8Encode(note.note), checkpointKeys(resolver, chain), engine);
  const signed = parseCheckpoint(verified.textBytes);
  if (signed.origin !== chain || signed.size !== note.size || !equalBytes(signed.root, root))
    throw tampered(of, `the root ${hexEncode(signed.root)}`, hexEncode(root));
}

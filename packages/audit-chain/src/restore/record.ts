import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { HighWaterMark } from '@countersign/proof-core/ports';
import type { Chain } from '../append/chain.ts';
import type { AppendReceipt } from '../append/receipt.ts';
import { ChainError } from '../errors.ts';

/**
 * Appends `chain.restored` to a chain that was put back: opening it has compared it with its high-water mark, and the event says with which one.
 *
 * @param reason why, for whoever reads the log: 1–1000 bytes, without personal data
 * @returns when it is settled
 * @throws ChainError ERR_MARK_MISSING, ERR_EVENT_RESERVED; what `append` throws
 * @example await recordRestored(chain, mark, { actor: 'user:7f3a', reason: 'moved to another server' });
 */
export async function recordRestored(
  chain: Chain,
  mark: HighWaterMark,
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<AppendReceipt> {
  const marked = await mark.read(chain.id);
  if (marked === undefined)
    throw new ChainError('ERR_MARK_MISSING', `chain ${chain.id}: no high-water mark says what was signed`, { field: 'high-water mark' });
  return await chain.appendRestored(actor, { reason, root: hexEncode(marked.root), size: marked.size });
}

import { formatReceipt } from '@countersign/proof-core/receipt/receipt';
import type { TreeView } from '@countersign/proof-core/merkle/tree';

/**
 * What `append` resolves to: the event is durable and covered by a signed checkpoint.
 *
 * The proof is computed when `bytes` is called, not before: most receipts are only awaited.
 *
 * @example const { seq } = await chain.append({ type: 'order.created', actor: 'user:7f3a' });
 */
export class AppendReceipt {
  readonly id: string;
  readonly seq: number;
  /** Record hash, 64 hex characters. */
  readonly hash: string;
  readonly #prove: () => Uint8Array | Promise<Uint8Array>;

  constructor(place: { readonly id: string; readonly seq: number; readonly hash: string }, prove: () => Uint8Array | Promise<Uint8Array>) {
    this.id = place.id;
    this.seq = place.seq;
    this.hash = place.hash;
    this.#prove = prove;
  }

  /**
   * The receipt file (docs/spec/receipt.md): the record, LF, and its `.tlog-proof`.
   *
   * @throws ChainError ERR_CHAIN_TAMPERED when it has to be made from what is stored and that contradicts the signed root
   */
  async bytes(): Promise<Uint8Array> {
    return await this.#prove();
  }
}

/** A receipt from the view of the records that one note covers. */
export function receiptFromView(
  view: TreeView,
  note: Uint8Array,
  size: number,
  record: Uint8Array,
  place: { readonly id: string; readonly seq: number; readonly hash: string },
): AppendReceipt {
  return new AppendReceipt(place, () => formatReceipt({ record, index: place.seq, hashes: view.inclusionProof(place.seq, size), note }));
}

import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { TreeView } from '@countersign/proof-core/merkle/tree';
import type { HighWaterMark } from '@countersign/proof-core/ports';
import { hashRecords, tampered } from '../append/lines.ts';
import { ChainError } from '../errors.ts';
import { requireDurableState } from '../store/server.ts';
import type { ChainStore } from '../store/store.ts';
import { remembersServer } from './cell.ts';

/** A server that took the place of another: a standby that was promoted, a backup restored into a new cluster. */
export interface ServerChange {
  /** `<system identifier>/<timeline>` */
  readonly from: string;
  readonly to: string;
}

/**
 * Watches which database server a chain is on (architecture §4): nothing is signed on another server or timeline than the one that was last
 * checked against the high-water mark, until that one is checked too.
 */
export class ServerGuard {
  readonly #store: ChainStore;
  readonly #mark: HighWaterMark;
  #known: string;
  /** What was found when the chain was opened. */
  readonly change: ServerChange | undefined;

  private constructor(store: ChainStore, mark: HighWaterMark, known: string, change: ServerChange | undefined) {
    this.#store = store;
    this.#mark = mark;
    this.#known = known;
    this.change = change;
  }

  /**
   * Looks at the server before the chain on it is checked against its mark.
   *
   * @throws ChainError ERR_NOT_DURABLE, ERR_MARK_STORE, ERR_STORE
   */
  static async open(store: ChainStore, mark: HighWaterMark): Promise<ServerGuard> {
    const { identity } = requireDurableState(await store.server());
    const remembered = remembersServer(mark) ? await mark.server(store.chain) : undefined;
    const change = remembered === undefined || remembered === identity ? undefined : { from: remembered, to: identity };
    return new ServerGuard(store, mark, identity, change);
  }

  /** The chain on this server was checked against the mark: from now on it is the one that signs. */
  async accept(): Promise<void> {
    if (remembersServer(this.#mark)) await this.#mark.rememberServer(this.#store.chain, this.#known);
  }

  /**
   * To be called before each signature.
   *
   * @param check what has to hold on a server that was not seen before
   * @returns the change that was checked and accepted, if there was one
   * @throws what `check` throws; ERR_NOT_DURABLE, ERR_MARK_STORE, ERR_STORE
   */
  async recheck(check: () => Promise<void>): Promise<ServerChange | undefined> {
    const to = await this.#store.serverIdentity();
    if (to === this.#known) return undefined;
    const change = { from: this.#known, to };
    requireDurableState(await this.#store.server());
    await check();
    this.#known = to;
    await this.accept();
    return change;
  }
}

/**
 * Requires that a database has what is about to be signed, byte for byte: a standby that was promoted may have lost records that no checkpoint
 * covers yet. They were never acknowledged; signing them would be for ever.
 *
 * @throws ChainError ERR_CHAIN_ROLLED_BACK, ERR_CHAIN_TAMPERED, ERR_STORE
 */
export async function requireStored(store: ChainStore, view: TreeView, engine: Engine): Promise<void> {
  const stored = await store.checkpoint(view.size);
  if (stored === undefined) {
    const size = (await store.checkpoint())?.size ?? 0;
    const message = `chain ${store.chain} is on another server now, which lacks records up to ${view.size - 1}: nothing is signed; open the chain again`;
    throw new ChainError('ERR_CHAIN_ROLLED_BACK', message, { field: 'size', expected: view.size, actual: size });
  }
  if (!equalBytes(stored.root, view.root())) throw tampered(`root of size ${view.size}`, hexEncode(view.root()), hexEncode(stored.root));
  const { leaves } = await hashRecords(
    store.records(view.base, view.size),
    { chain: store.chain, first: view.base, count: view.size - view.base },
    engine,
  );
  for (let i = 0; i < leaves.length; i += 32) {
    if (!equalBytes(leaves.subarray(i, i + 32), view.nodeAt(0, view.base + i / 32)))
      throw tampered(`record ${view.base + i / 32}`, 'the record that was stored');
  }
}

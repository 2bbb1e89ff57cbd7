import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { signNote } from '@countersign/proof-core/note/sign';
import type { HighWaterMark, Signer } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';

/** A signed checkpoint and the view of the tree between the one before it and itself. */
export interface Settled {
  readonly note: Uint8Array;
  readonly view: TreeView;
}

/**
 * Signs what is durable (architecture §4): root computed here, high-water mark first, every signature verified, then the note stored.
 *
 * It holds the range of the last note, which it computed or verified itself; nothing is read from the database.
 */
export class Settler {
  readonly #store: ChainStore;
  readonly #signers: readonly Signer[];
  readonly #mark: HighWaterMark;
  readonly #engine: Engine;
  #signed: CompactRange;
  #waiting: Uint8Array[] = [];

  constructor(
    parts: { readonly store: ChainStore; readonly signers: readonly Signer[]; readonly mark: HighWaterMark; readonly signed: CompactRange },
    engine: Engine,
  ) {
    this.#store = parts.store;
    this.#signers = parts.signers;
    this.#mark = parts.mark;
    this.#signed = parts.signed;
    this.#engine = engine;
  }

  /** Records that are covered by a signed checkpoint. */
  get size(): number {
    return this.#signed.size;
  }

  /** Adds record hashes that have become durable, in order. */
  add(leaves: Uint8Array): void {
    if (leaves.length > 0) this.#waiting.push(leaves);
  }

  /**
   * Signs everything added so far.
   *
   * @returns undefined when nothing was waiting
   * @throws ChainError ERR_SIGNER_UNAVAILABLE, ERR_SIGNER_WRONG, and what the mark and the store throw; what was waiting still waits
   */
  async settle(signal?: AbortSignal): Promise<Settled | undefined> {
    const taken = this.#waiting.length;
    if (taken === 0) return undefined;
    const view = new TreeView(this.#signed, concatBytes(...this.#waiting), this.#engine);
    const origin = this.#store.chain;
    const root = view.root();
    const mark = await this.#mark.read(origin);
    const from = mark?.size ?? 0;
    const proof = from > 0 && from >= view.base && from < view.size ? view.consistencyProof(from) : [];
    await this.#mark.reserve({ origin, size: view.size, root }, proof);
    const note = await this.#sign(formatCheckpoint({ origin, size: view.size, root }), signal);
    await this.#store.addNote({ size: view.size, note: utf8Decode(note) });
    this.#signed = view.range();
    this.#waiting.splice(0, taken);
    return { note, view };
  }

  async #sign(text: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const signers = this.#signers.map((signer) => ({ name: this.#store.chain, signer }));
    try {
      return await signNote(text, signers, signal === undefined ? {} : { signal }, this.#engine);
    } catch (cause) {
      if (cause instanceof ProofError && cause.code === 'ERR_SIGNER_OUTPUT') {
        throw new ChainError('ERR_SIGNER_WRONG', 'the signer returned a signature that its key does not verify; nothing is settled', {
          field: 'signature',
          cause,
        });
      }
      throw new ChainError('ERR_SIGNER_UNAVAILABLE', 'the signer did not sign; the events are durable and wait for a checkpoint', {
        field: 'signer',
        cause,
      });
    }
  }
}

import { concatBytes, equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import type { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { formatCheckpoint, parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { signNote } from '@countersign/proof-core/note/sign';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { HighWaterMark, KeyResolver, Signer } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';
import { type ServerChange, type ServerGuard, requireStored } from '../marks/server-guard.ts';
import type { ChainStore } from '../store/store.ts';
import { checkpointKeys } from './keys.ts';
import { tampered } from './lines.ts';
import { NotePublisher } from './note-publisher.ts';
import { StopWatch } from './stop-watch.ts';

/** A signed checkpoint and the view of the tree between the one before it and itself. */
export interface Settled {
  readonly note: Uint8Array;
  /** Tree size of the note: that of the view, or smaller when another process signed it. */
  readonly size: number;
  readonly view: TreeView;
}

/** What a settler is made of. */
export interface SettlerParts {
  readonly store: ChainStore;
  readonly signers: readonly Signer[];
  readonly resolver: KeyResolver;
  readonly mark: HighWaterMark;
}

/**
 * Signs what is durable (architecture §4): root computed here, high-water mark first, every signature verified, then the note published.
 *
 * It holds the range of the last note, which it computed or verified itself. One call at a time.
 */
export class Settler {
  readonly #parts: SettlerParts;
  readonly #server: ServerGuard;
  readonly #stop: StopWatch;
  readonly #engine: Engine;
  #signed: CompactRange;
  #waiting: Uint8Array[] = [];
  #signMs = 0;
  readonly #publisher: NotePublisher;
  /** Told when a note could not be published; the next one covers it. */
  onUnpublished: ((error: unknown) => void) | undefined;
  /** Told when the chain was found on another server, and in order there. */
  onServerChange: ((change: ServerChange) => void) | undefined;

  constructor(parts: SettlerParts, signed: CompactRange, server: ServerGuard, engine: Engine) {
    this.#parts = parts;
    this.#server = server;
    this.#stop = new StopWatch(parts.store);
    this.#signed = signed;
    this.#engine = engine;
    this.#publisher = new NotePublisher(parts.store, (error) => this.onUnpublished?.(error));
  }

  /** Records that are covered by a signed checkpoint. */
  get size(): number {
    return this.#signed.size;
  }

  /** How long the mark and the signer took for the last note, milliseconds. */
  get signMs(): number {
    return this.#signMs;
  }

  /** Whether anything durable waits for its checkpoint. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves when every note signed so far is published, or has been reported as not. */
  async published(): Promise<void> {
    await this.#publisher.idle();
  }

  /** Adds record hashes that have become durable, in order. */
  add(leaves: Uint8Array): void {
    if (leaves.length > 0) this.#waiting.push(leaves);
  }

  /**
   * Signs everything added so far, or takes over the note of another process that covers it.
   *
   * @returns undefined when nothing was waiting, or another process has signed and its note is not published yet: try again
   * @throws ChainError ERR_SIGNING_STOPPED, ERR_SIGNER_UNAVAILABLE, ERR_SIGNER_WRONG, ERR_CHAIN_TAMPERED, ERR_CHAIN_ROLLED_BACK, ERR_CHAIN_FORKED, and what the
   *   mark and the store throw; what was waiting still waits
   */
  async settle(signal?: AbortSignal): Promise<Settled | undefined> {
    if (!this.isWaiting) return undefined;
    const origin = this.#parts.store.chain;
    await this.#stop.check();
    // Together and behind that wait: what becomes durable meanwhile is signed now or the next time, never both.
    const taken = this.#waiting.length;
    const leaves = concatBytes(...this.#waiting);
    const view = new TreeView(this.#signed, leaves, this.#engine);
    const mark = await this.#parts.mark.read(origin);
    // Somebody else has signed more than this process: their note counts, once it is there and agrees with what is known here.
    if (mark !== undefined && mark.size > this.#signed.size && mark.size !== view.size) {
      const adopted = await this.#adopt(view, leaves, taken);
      if (adopted !== undefined || mark.size > view.size) return adopted;
    }
    const change = await this.#server.recheck(() => requireStored(this.#parts.store, view, this.#engine));
    if (change !== undefined) this.onServerChange?.(change);
    const next = { origin, size: view.size, root: view.root() };
    const from = mark?.size ?? 0;
    const proof = from > 0 && from >= view.base && from < view.size ? view.consistencyProof(from) : [];
    const start = Date.now();
    await this.#parts.mark.reserve(next, proof);
    const note = await this.#sign(formatCheckpoint(next), signal);
    this.#signMs = Date.now() - start;
    this.#advance(view, leaves, view.size, taken);
    this.#publisher.publish({ size: view.size, note: utf8Decode(note) });
    return { note, size: view.size, view };
  }

  /** Takes over the newest published note when it continues the last one known and its root is the one computed here. */
  async #adopt(view: TreeView, leaves: Uint8Array, taken: number): Promise<Settled | undefined> {
    const { store, resolver } = this.#parts;
    const stored = await store.note(view.size);
    if (stored === undefined || stored.size <= this.#signed.size) return undefined;
    const note = utf8Encode(stored.note);
    const { origin, size, root } = parseCheckpoint((await verifyNote(note, checkpointKeys(resolver, store.chain), this.#engine)).textBytes);
    if (origin !== store.chain || size !== stored.size)
      throw tampered(`note ${stored.size}`, `size ${stored.size}`, `${origin}, size ${size}`);
    if (!equalBytes(view.root(size), root)) throw tampered(`root of size ${size}`, hexEncode(view.root(size)), hexEncode(root));
    this.#advance(view, leaves, size, taken);
    return { note, size, view };
  }

  #advance(view: TreeView, leaves: Uint8Array, size: number, taken: number): void {
    const left = leaves.subarray((size - view.base) * 32);
    this.#signed = view.range(size);
    this.#waiting.splice(0, taken, ...(left.length === 0 ? [] : [left]));
  }

  async #sign(text: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const signers = this.#parts.signers.map((signer) => ({ name: this.#parts.store.chain, signer }));
    try {
      return await beforeAbort(signNote(text, signers, signal === undefined ? {} : { signal }, this.#engine), signal);
    } catch (cause) {
      if (cause instanceof ProofError && cause.code === 'ERR_SIGNER_OUTPUT') {
        const message = 'the signer returned a signature that its key does not verify; nothing is settled';
        throw new ChainError('ERR_SIGNER_WRONG', message, { field: 'signature', cause });
      }
      const message = 'the signer did not sign; the events are durable and wait for a checkpoint';
      throw new ChainError('ERR_SIGNER_UNAVAILABLE', message, { field: 'signer', cause });
    }
  }
}

/** Ends the wait for a signer that neither answers nor heeds the signal. */
async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  return await new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('the signer did not answer in time'));
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

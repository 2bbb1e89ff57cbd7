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
import type { HighWaterMark, KeyResolver, Mark, Signer } from '@countersign/proof-core/ports';
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

/** What a checkpoint over some records comes to, before it is signed. */
interface Prospect {
  readonly leaves: Uint8Array;
  readonly view: TreeView;
  readonly next: Mark;
}

/** A checkpoint that the mark stands at, and that may be signed. */
export type Reserved = Prospect;

/** What a settler is made of. */
export interface SettlerParts {
  readonly store: ChainStore;
  readonly signers: readonly Signer[];
  readonly resolver: KeyResolver;
  readonly mark: HighWaterMark;
}

// What a mark answers to a step that does not continue it.
const REFUSALS: readonly string[] = ['ERR_CHAIN_FORKED', 'ERR_CHAIN_ROLLED_BACK'];

/**
 * Signs what is durable (architecture §4): root computed here, high-water mark first, every signature verified, then the note published.
 *
 * It holds the range of the last note, which it computed or verified itself. One reservation at a time; any number of signatures may be under way,
 * in rising size as they were reserved, and one that is overtaken by a larger one is dropped.
 */
export class Settler {
  readonly #parts: SettlerParts;
  readonly #server: ServerGuard;
  readonly #stop: StopWatch;
  readonly #engine: Engine;
  #signed: CompactRange;
  #waiting: Uint8Array[] = [];
  #prepared: Prospect | undefined;
  /** The size that this process has reserved last, unless others were seen at work since: then the mark need not be read. 0 for none. */
  #reserved = 0;
  /** Sizes of the checkpoints whose signatures are under way. */
  readonly #underWay = new Set<number>();
  #markMs = 0;
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

  /** How long the mark took for the last reservation, milliseconds. */
  get markMs(): number {
    return this.#markMs;
  }

  /** How long the signer took for the last note, milliseconds. */
  get signMs(): number {
    return this.#signMs;
  }

  /** Whether anything durable waits for its checkpoint. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** The largest checkpoint whose signature is under way; 0 without one. */
  get signing(): number {
    return Math.max(0, ...this.#underWay);
  }

  /** Whether anything durable waits that no signature under way covers. */
  get isBehind(): boolean {
    return this.isWaiting && this.#durable > this.signing;
  }

  get #durable(): number {
    let hashes = 0;
    for (const { length } of this.#waiting) hashes += length / 32;
    return this.#signed.size + hashes;
  }

  /** Resolves when every note signed so far is published, or has been reported as not. */
  async published(): Promise<void> {
    await this.#publisher.idle();
  }

  /** Adds record hashes that have become durable, in order; `others` when another process has stored them, and may have signed them. */
  add(leaves: Uint8Array, { others = false }: { readonly others?: boolean } = {}): void {
    if (leaves.length === 0) return;
    this.#waiting.push(leaves);
    if (others) this.#reserved = 0;
  }

  /** Computes the checkpoint over a batch while that is being stored: nothing of it is signed before it is added. */
  readonly prepare = (leaves: Uint8Array): void => {
    if (!this.isWaiting) this.#prepared = this.#prospect(leaves);
  };

  #prospect(leaves: Uint8Array): Prospect {
    const view = new TreeView(this.#signed, leaves, this.#engine);
    return { leaves, view, next: { origin: this.#parts.store.chain, size: view.size, root: view.root() } };
  }

  #prospectOfWaiting(): Prospect {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    const [leaves, ...others] = this.#waiting;
    if (others.length === 0 && prepared?.leaves === leaves && prepared?.view.base === this.#signed.size) return prepared;
    return this.#prospect(concatBytes(...this.#waiting));
  }

  /** Reserves and signs what waits; what `reserve` and `sign` return and throw. */
  async settle(signTimeoutMs: number): Promise<Settled | undefined> {
    if (!this.isWaiting) return undefined;
    const next = await this.reserve();
    return next === undefined || 'note' in next ? next : await this.sign(next, signTimeoutMs);
  }

  /**
   * Reserves the checkpoint over everything added so far, or takes over the note of another process that covers some of it.
   *
   * @returns undefined when another process has signed and its note is not published yet: try again
   * @throws ChainError ERR_SIGNING_STOPPED, ERR_CHAIN_TAMPERED, ERR_CHAIN_ROLLED_BACK, ERR_CHAIN_FORKED, and what the mark and the store throw; what was
   *   waiting still waits
   */
  async reserve(): Promise<Reserved | Settled | undefined> {
    await this.#stop.check();
    // Behind that wait: what becomes durable meanwhile is signed now, or the next time.
    const prospect = this.#prospectOfWaiting();
    const { view } = prospect;
    let marked = this.#reserved;
    this.#reserved = 0;
    if (marked === 0) marked = await this.#readMark();
    for (;;) {
      // Somebody else has signed more than this process: their note counts, once it is there and agrees with what is known here.
      if (marked > Math.max(this.#signed.size, this.signing) && marked !== view.size) {
        const adopted = await this.#adopt(view);
        if (adopted !== undefined || marked > view.size) return adopted;
      }
      const change = await this.#server.recheck(() => requireStored(this.#parts.store, view, this.#engine));
      if (change !== undefined) this.onServerChange?.(change);
      const start = Date.now();
      const now = await this.#reserve(prospect, marked);
      if (now === undefined) {
        this.#markMs = Date.now() - start;
        this.#reserved = view.size;
        return prospect;
      }
      marked = now;
    }
  }

  /**
   * Signs a checkpoint that was reserved and publishes the note.
   *
   * @param timeoutMs how long the signer may take, milliseconds; what the database and the mark take is no time of the signer's
   * @returns undefined when a larger checkpoint was signed in the meantime
   * @throws ChainError ERR_SIGNER_UNAVAILABLE, ERR_SIGNER_WRONG; what was waiting still waits
   */
  async sign({ view, next }: Reserved, timeoutMs: number): Promise<Settled | undefined> {
    const { size } = view;
    const start = Date.now();
    this.#underWay.add(size);
    try {
      const note = await this.#sign(formatCheckpoint(next), timeoutMs);
      this.#signMs = Date.now() - start;
      if (size <= this.#signed.size) return undefined;
      this.#advance(view, size);
      this.#publisher.publish({ size, note: utf8Decode(note) });
      return { note, size, view };
    } catch (error) {
      this.#reserved = 0;
      throw error;
    } finally {
      this.#underWay.delete(size);
    }
  }

  /** The size that the mark stands at; 0 before the first. */
  async #readMark(): Promise<number> {
    return (await this.#parts.mark.read(this.#parts.store.chain))?.size ?? 0;
  }

  /** Reserves a checkpoint behind the mark as it was known. @returns undefined, or the mark's size when another process has moved it on since */
  async #reserve({ view, next }: Prospect, marked: number): Promise<number | undefined> {
    const proof = marked > 0 && marked >= view.base && marked < view.size ? view.consistencyProof(marked) : [];
    try {
      await this.#parts.mark.reserve(next, proof);
      return undefined;
    } catch (error) {
      if (!(error instanceof ChainError) || !REFUSALS.includes(error.code)) throw error;
      const now = await this.#readMark();
      // Where it stood it was known to stand: it was not another process that was in the way.
      if (now <= marked) throw error;
      return now;
    }
  }

  /** Takes over the newest published note when it continues the last one known and its root is the one computed here. */
  async #adopt(view: TreeView): Promise<Settled | undefined> {
    const { store, resolver } = this.#parts;
    const stored = await store.note(view.size);
    if (stored === undefined || stored.size <= this.#signed.size) return undefined;
    const note = utf8Encode(stored.note);
    const { origin, size, root } = parseCheckpoint((await verifyNote(note, checkpointKeys(resolver, store.chain), this.#engine)).textBytes);
    if (origin !== store.chain || size !== stored.size)
      throw tampered(`note ${stored.size}`, `size ${stored.size}`, `${origin}, size ${size}`);
    if (!equalBytes(view.root(size), root)) throw tampered(`root of size ${size}`, hexEncode(view.root(size)), hexEncode(root));
    this.#advance(view, size);
    return { note, size, view };
  }

  /** Goes on to a size that a verified note covers. */
  #advance(view: TreeView, size: number): void {
    let covered = (size - this.#signed.size) * 32;
    this.#signed = view.range(size);
    while (covered > 0) {
      const first = this.#waiting.shift()!;
      if (first.length > covered) this.#waiting.unshift(first.subarray(covered));
      covered -= first.length;
    }
  }

  async #sign(text: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const signers = this.#parts.signers.map((signer) => ({ name: this.#parts.store.chain, signer }));
    try {
      return await within(timeoutMs, (signal) => signNote(text, signers, { signal }, this.#engine));
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

/**
 * Ends the wait for a signer that neither answers nor heeds the signal. `AbortSignal.timeout` would keep a timer for each checkpoint until its
 * time has come, long after the signer has answered.
 */
async function within<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new Error('the signer did not answer in time');
      controller.abort(error);
      reject(error);
    }, milliseconds);
    work(controller.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

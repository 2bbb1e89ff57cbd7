import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import type { Cosignature } from '@countersign/proof-core/note/cosignature';
import { verifyNote } from '@countersign/proof-core/note/verify';
import type { Policy } from '@countersign/proof-core/note/policy';
import type { HighWaterMark, KeyResolver } from '@countersign/proof-core/ports';
import { checkpointKeys } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import { storedConsistency } from '../append/stored-proof.ts';
import { quorumTime } from '../attestation/quorum.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import { type AskedWitness, type CosignedLine, type Submission, WitnessConflict, askWitness } from './ask.ts';
import { conflictEvidence } from './conflict.ts';
import type { Exchange } from './exchange.ts';

/** What asking witnesses needs. */
export interface WitnessParts {
  readonly store: ChainStore;
  /** Knows the keys of the log: what is in the database is verified before anybody sees it. */
  readonly resolver: KeyResolver;
  /** Its witnesses are asked, those with a URL; its quorum decides when a checkpoint is witnessed. */
  readonly policy: Policy;
  readonly exchange: Exchange;
  /** Where the log has been signed to, for the case that a witness is ahead of the database. */
  readonly mark?: HighWaterMark;
  /** Milliseconds since 1970. */
  readonly clock: { now(): number };
}

/** What one witness did: its time in POSIX seconds, or why there is none. */
export type WitnessOutcome = { readonly witness: string; readonly time: number } | { readonly witness: string; readonly error: ChainError };

/** What became of one checkpoint. */
export interface CosignResult {
  readonly size: number;
  readonly outcomes: readonly WitnessOutcome[];
  /** Whether the quorum of the policy has cosigned this checkpoint, now or before. */
  readonly witnessed: boolean;
  /** A witness has seen another history: signing has been stopped, the evidence is kept with the stop. */
  readonly conflict?: WitnessConflict;
}

/** The witnesses of a policy that can be asked: Ed25519, with a URL. */
export function askedWitnesses({ witnesses }: Policy): AskedWitness[] {
  return witnesses.flatMap(({ name, key, url }) => (key === undefined || url === undefined ? [] : [{ name, key, url }]));
}

/**
 * Has the newest checkpoint of a chain cosigned by the witnesses of a policy, all at once, and keeps what holds beside the note.
 *
 * @example const cosigner = new Cosigner(parts); (await cosigner.cosign())?.witnessed // true
 */
export class Cosigner {
  readonly #parts: WitnessParts;
  readonly #witnesses: readonly AskedWitness[];
  readonly #engine: Engine;
  /** The size that each witness cosigned last, as far as this process knows. */
  readonly #cosigned = new Map<AskedWitness, Cosignature & { readonly size: number }>();
  readonly #busy = new Set<AskedWitness>();
  #witnessed = 0;
  /** Told when the quorum of the policy is complete for a size. */
  onWitnessed: ((size: number) => void) | undefined;

  constructor(parts: WitnessParts, engine: Engine = defaultEngine) {
    this.#parts = parts;
    this.#witnesses = askedWitnesses(parts.policy);
    this.#engine = engine;
  }

  /** The size of the newest checkpoint for which the quorum of the policy is complete, as far as this process knows; 0 before the first. */
  get witnessedSize(): number {
    return this.#witnessed;
  }

  /**
   * Asks those who have not yet cosigned the newest checkpoint and are not being asked already.
   *
   * @param signal ends the wait for those who have not answered
   * @returns undefined while the chain has no checkpoint, and when there is nobody to ask
   * @throws ChainError ERR_CHAIN_TAMPERED, ERR_STORE; ProofError ERR_NOTE_… when the note in the database is not the log's
   */
  async cosign(signal?: AbortSignal): Promise<CosignResult | undefined> {
    const submission = await this.#submission();
    if (submission === undefined) return undefined;
    const { size } = submission;
    const missing = this.#witnesses.filter((witness) => this.#cosigned.get(witness)?.size !== size && !this.#busy.has(witness));
    if (missing.length === 0) return undefined;
    const outcomes = await Promise.all(missing.map((witness) => this.#ask(witness, submission, signal)));
    const witnessed = this.#hasQuorum(size);
    const conflict = await this.#judgeConflicts(outcomes, submission, signal);
    return { size, outcomes, witnessed, ...(conflict === undefined ? {} : { conflict }) };
  }

  async #submission(): Promise<Submission | undefined> {
    const { store, resolver } = this.#parts;
    const stored = await store.note();
    if (stored === undefined) return undefined;
    const note = utf8Encode(stored.note);
    const parsed = await verifyNote(note, checkpointKeys(resolver, store.chain), this.#engine);
    const { origin, size } = parseCheckpoint(parsed.textBytes);
    if (origin !== store.chain || size !== stored.size)
      throw tampered(`note ${stored.size}`, `${store.chain}, size ${stored.size}`, `${origin}, size ${size}`);
    return { origin, size, note, parsed, proofFrom: (from) => storedConsistency(store, from, size, this.#engine) };
  }

  #hasQuorum(size: number): boolean {
    const held = [...this.#cosigned.values()].filter((cosignature) => cosignature.size === size);
    return quorumTime(this.#parts.policy, held) !== undefined;
  }

  async #ask(witness: AskedWitness, submission: Submission, signal: AbortSignal | undefined): Promise<WitnessOutcome> {
    this.#busy.add(witness);
    try {
      return await this.#askOne(witness, submission, signal);
    } finally {
      this.#busy.delete(witness);
    }
  }

  async #askOne(witness: AskedWitness, submission: Submission, signal: AbortSignal | undefined): Promise<WitnessOutcome> {
    const { exchange, clock, store } = this.#parts;
    const from = this.#cosigned.get(witness)?.size ?? 0;
    const now = (): number => Math.floor(clock.now() / 1000);
    let cosigned: CosignedLine;
    try {
      cosigned = await askWitness(exchange, witness, submission, from, now, this.#engine, signal);
    } catch (error) {
      if (error instanceof ChainError) return { witness: witness.name, error };
      if (signal?.aborted !== true) throw error;
      const message = `witness ${witness.name}: expected an answer in time, got none`;
      return { witness: witness.name, error: new ChainError('ERR_WITNESS_UNAVAILABLE', message, { field: witness.name, cause: error }) };
    }
    await store.attestations().add(submission.size, { kind: 'cosignature', content: cosigned.line });
    this.#cosigned.set(witness, { key: witness.key, time: cosigned.time, size: submission.size });
    if (submission.size > this.#witnessed && this.#hasQuorum(submission.size)) {
      this.#witnessed = submission.size;
      this.onWitnessed?.(submission.size);
    }
    return { witness: witness.name, time: cosigned.time };
  }

  /** Stops signing at the first conflict that is one. */
  async #judgeConflicts(
    outcomes: readonly WitnessOutcome[],
    submission: Submission,
    signal: AbortSignal | undefined,
  ): Promise<WitnessConflict | undefined> {
    const { store, resolver, exchange, clock } = this.#parts;
    for (const outcome of outcomes) {
      if (!('error' in outcome && outcome.error instanceof WitnessConflict) || (await this.#isBehind(outcome.error, submission.size)))
        continue;
      const { error: conflict } = outcome;
      const witness = this.#witnesses.find(({ name }) => name === outcome.witness)!;
      const at = new Date(clock.now()).toISOString();
      const keys = checkpointKeys(resolver, store.chain);
      const evidence = await conflictEvidence({ store, exchange, keys, witness, submission, conflict, at }, this.#engine, signal);
      await store.attestations().stop(conflict.message.slice(0, 500), evidence);
      return conflict;
    }
    return undefined;
  }

  /** Another process may have had a newer checkpoint of this very log cosigned in the meantime. */
  async #isBehind({ theirSize }: WitnessConflict, size: number): Promise<boolean> {
    const { store, mark } = this.#parts;
    if (theirSize === undefined || theirSize <= size) return false;
    const newest = (await store.note())?.size ?? 0;
    // A note whose commit was lost is signed again: the mark knows of it.
    return theirSize <= Math.max(newest, (await mark?.read(store.chain))?.size ?? 0);
  }
}

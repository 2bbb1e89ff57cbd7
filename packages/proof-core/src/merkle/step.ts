import type { Engine } from '../engine/engine.ts';
import { HASH_LENGTH, checkHash } from './hash.ts';
import { refuse } from '../errors.ts';

const MAX_PROOF_LENGTH = 64;

/**
 * The walk from a leaf to the root that both verification algorithms of RFC 9162 share (§2.1.3.2 step 4, §2.1.4.2 step 6): `fn`
 * is the node's index on its level, `sn` the last index of that level. Halving by division: the bit operators stop at 2^32.
 *
 * @internal
 */
export class Step {
  #fn: number;
  #sn: number;
  readonly #pair = new Uint8Array(2 * HASH_LENGTH);
  readonly #field: string;
  readonly #engine: Engine;
  readonly #given: number;

  constructor(fn: number, sn: number, proof: readonly Uint8Array[], field: string, engine: Engine) {
    this.#fn = fn;
    this.#sn = sn;
    this.#field = field;
    this.#engine = engine;
    this.#given = proof.length;
    if (proof.length > MAX_PROOF_LENGTH) this.#refuse('fewer hashes');
    for (let i = 0; i < proof.length; i++) {
      if (proof[i]!.length !== HASH_LENGTH) checkHash(proof[i]!, `${field}[${i}]`);
    }
  }

  /** Goes up one level: true when the proof's next hash stands left of ours. */
  next(): boolean {
    if (this.#sn === 0) this.#refuse('fewer hashes');
    const left = this.#fn % 2 === 1 || this.#fn === this.#sn;
    // On the right edge a node without a sibling moves up unchanged.
    if (left) while (this.#fn % 2 === 0 && this.#fn !== 0) this.#halve();
    this.#halve();
    return left;
  }

  /** Leaves out the levels on which the node is a right child: where the consistency algorithm starts (§2.1.4.2 step 4). */
  skipRight(): void {
    while (this.#fn % 2 === 1) this.#halve();
  }

  #halve(): void {
    this.#fn = Math.floor(this.#fn / 2);
    this.#sn = Math.floor(this.#sn / 2);
  }

  join(left: Uint8Array, right: Uint8Array, out: Uint8Array): void {
    this.#pair.set(left, 0);
    this.#pair.set(right, HASH_LENGTH);
    this.#engine.nodeInto(this.#pair, 0, out, 0);
  }

  /** Refuses a proof that ended below the root. */
  end(): void {
    if (this.#sn !== 0) this.#refuse('more hashes');
  }

  #refuse(expected: string): never {
    refuse('ERR_PROOF_LENGTH', this.#field, `${expected} for this index and size`, this.#given);
  }
}

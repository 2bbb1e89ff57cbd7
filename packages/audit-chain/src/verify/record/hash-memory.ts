/** How many hashes are remembered: 2 MiB. */
const SLOTS = 65_536;

/**
 * Remembers the hashes of the newest 65,536 records by number: enough to tell a duplicate from an insertion without growing with the chain.
 *
 * @example
 * memory.put(17, hashes, 0);
 * memory.has(17, hash); // true
 */
export class HashMemory {
  readonly #hashes = new Uint8Array(SLOTS * 32);
  readonly #seqs = new Float64Array(SLOTS).fill(-1);

  /** Remembers the hash at `at` as that of record `seq`. */
  put(seq: number, hashes: Uint8Array, at: number): void {
    const slot = seq % SLOTS;
    this.#seqs[slot] = seq;
    this.#hashes.set(hashes.subarray(at, at + 32), slot * 32);
  }

  /** Remembers `count` hashes from `at` on as those of the records from `seq` on. */
  putMany(seq: number, hashes: Uint8Array, at: number, count: number): void {
    // Only the newest can stay; older ones would be overwritten at once.
    const skip = Math.max(0, count - SLOTS);
    for (let i = skip; i < count;) {
      const slot = (seq + i) % SLOTS;
      const run = Math.min(count - i, SLOTS - slot);
      this.#hashes.set(hashes.subarray(at + i * 32, at + (i + run) * 32), slot * 32);
      for (let j = 0; j < run; j++) this.#seqs[slot + j] = seq + i + j;
      i += run;
    }
  }

  /** The hash of a record, or undefined when it was never put or is too old. A view, valid until the next put. */
  get(seq: number): Uint8Array | undefined {
    const slot = seq % SLOTS;
    return this.#seqs[slot] === seq ? this.#hashes.subarray(slot * 32, slot * 32 + 32) : undefined;
  }
}

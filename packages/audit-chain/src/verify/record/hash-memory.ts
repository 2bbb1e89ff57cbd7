/** The most hashes that are remembered: 512 KiB of them. */
const MOST = 16_384;

/**
 * Remembers the hashes of the newest 16,384 records by number: enough to tell a duplicate from an insertion without growing with the chain.
 *
 * @example
 * memory.put(17, hashes, 0);
 * memory.get(17); // the 32 bytes
 */
export class HashMemory {
  #slots = 256;
  #hashes = new Uint8Array(this.#slots * 32);
  #seqs = new Float64Array(this.#slots).fill(-1);
  #least = -1;

  /** Remembers the hash at `at` as that of record `seq`. */
  put(seq: number, hashes: Uint8Array, at: number): void {
    this.putMany(seq, hashes, at, 1);
  }

  /** Remembers `count` hashes from `at` on as those of the records from `seq` on. */
  putMany(seq: number, hashes: Uint8Array, at: number, count: number): void {
    if (this.#least < 0) this.#least = seq;
    if (this.#slots < MOST && seq + count - this.#least > this.#slots) this.#grow(seq + count - this.#least);
    // Only the newest can stay; older ones would be overwritten at once.
    for (let i = Math.max(0, count - this.#slots); i < count;) {
      const slot = (seq + i) % this.#slots;
      const run = Math.min(count - i, this.#slots - slot);
      this.#hashes.set(hashes.subarray(at + i * 32, at + (i + run) * 32), slot * 32);
      for (let j = 0; j < run; j++) this.#seqs[slot + j] = seq + i + j;
      i += run;
    }
  }

  /** The hash of a record, or undefined when it was never put or is too old. A view, valid until the next put. */
  get(seq: number): Uint8Array | undefined {
    const slot = seq % this.#slots;
    return this.#seqs[slot] === seq ? this.#hashes.subarray(slot * 32, slot * 32 + 32) : undefined;
  }

  #grow(span: number): void {
    const hashes = this.#hashes;
    const seqs = this.#seqs;
    while (this.#slots < Math.min(span, MOST)) this.#slots *= 2;
    this.#hashes = new Uint8Array(this.#slots * 32);
    this.#seqs = new Float64Array(this.#slots).fill(-1);
    for (let i = 0; i < seqs.length; i++) {
      const seq = seqs[i]!;
      if (seq < 0) continue;
      const slot = seq % this.#slots;
      this.#seqs[slot] = seq;
      this.#hashes.set(hashes.subarray(i * 32, i * 32 + 32), slot * 32);
    }
  }
}

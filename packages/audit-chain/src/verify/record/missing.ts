/** Record numbers that have not come: both ends inclusive. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

const MOST = 4096;

/**
 * The numbers that a stream has skipped so far, as intervals; at most 4,096 of them are kept, so that the memory stays bounded.
 *
 * @example
 * missing.add(5, 7);
 * missing.take(6); // true: it has come after all; 5 and 7 are still missing
 */
export class MissingNumbers {
  #gaps: Gap[] = [];
  readonly #evict: (gap: Gap) => void;

  /** @param evict called with a gap that is given up because there are too many */
  constructor(evict: (gap: Gap) => void) {
    this.#evict = evict;
  }

  /** Adds numbers above all those added before. */
  add(from: number, to: number): void {
    if (from > to) return;
    if (this.#gaps.length >= MOST) this.#evict(this.#gaps.shift()!);
    this.#gaps.push({ from, to });
  }

  /** Takes a number out; false when it is not missing. */
  take(seq: number): boolean {
    const at = this.#gaps.findIndex((gap) => gap.from <= seq && seq <= gap.to);
    if (at < 0) return false;
    const { from, to } = this.#gaps[at]!;
    const rest: Gap[] = [];
    if (from < seq) rest.push({ from, to: seq - 1 });
    if (seq < to) rest.push({ from: seq + 1, to });
    this.#gaps.splice(at, 1, ...rest);
    return true;
  }

  /** Takes everything out that is still missing. */
  drain(): Gap[] {
    const gaps = this.#gaps;
    this.#gaps = [];
    return gaps;
  }
}

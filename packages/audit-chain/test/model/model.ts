/** What the log holds, read back. */
export interface Read {
  /** First record that is stored. */
  readonly first: number;
  readonly size: number;
  /** Ids and types of the records from `first` on, in their order. */
  readonly records: readonly { readonly seq: number; readonly id: string; readonly type: string }[];
  /** Where the ids lie that the model names; ids that are not held are missing. */
  readonly places: ReadonlyMap<string, number>;
  /** Record and whether its private value can be read. */
  readonly secrets: ReadonlyMap<number, boolean>;
}

/**
 * What must be true of a chain whatever has happened to it: every acknowledged event is there once, in order; nothing else is.
 *
 * It knows ids and numbers only, and nothing of batches, checkpoints, keys or databases.
 */
export class Model {
  /** Acknowledged: id → seq. */
  readonly settled = new Map<string, number>();
  /** Their caller died before he learned what became of them: there once, or not at all. */
  readonly open = new Set<string>();
  /** Rolled back, or refused: never there. */
  readonly refused = new Set<string>();
  /** Private values that were appended: record → whether it is still there. */
  readonly secrets = new Map<number, boolean>();
  /** Records before this one were pruned. */
  first = 0;
  /** Redactions and prunings, each with an event of the library's own. */
  readonly own = new Set<string>();
  #size = 1;

  /** Where the chain ended before something was begun: what comes later lies behind it. */
  get size(): number {
    return this.#size;
  }

  settle(id: string, seq: number, after: number): void {
    const known = this.settled.get(id);
    if (known === undefined ? seq < after && !this.open.has(id) : known !== seq)
      throw new Error(`${id} was acknowledged as record ${seq}: expected ${known ?? `${after} or later`}`);
    if (this.refused.has(id)) throw new Error(`${id} was refused and then acknowledged`);
    this.settled.set(id, seq);
    this.open.delete(id);
    this.#size = Math.max(this.#size, seq + 1);
  }

  /** Everything that contradicts what was read back. */
  contradictions({ first, size, records, places, secrets }: Read): string[] {
    const found: string[] = [];
    const require = (holds: boolean, what: string): void => void (holds || found.push(what));
    require(first === this.first, `records begin at ${first}, not ${this.first}`);
    require(size >= this.#size, `${size} records, fewer than the ${this.#size} that were acknowledged`);
    require(records.length === size - first, `${records.length} records in [${first}, ${size})`);
    for (const [i, { seq, id, type }] of records.entries()) {
      require(seq === first + i, `record ${seq} in place of ${first + i}`);
      const known = this.settled.has(id) || this.open.has(id) || this.own.has(id) || (seq === 0 && type === 'chain.created');
      require(known, `record ${seq} (${type}) that nobody appended`);
    }
    require(new Set(records.map(({ id }) => id)).size === records.length, 'an event that is there twice');
    for (const [id, seq] of this.settled) require(places.get(id) === seq, `event ${id} at ${places.get(id)}, acknowledged as ${seq}`);
    for (const id of this.refused) require(!places.has(id), `event ${id}, which was refused`);
    for (const id of this.own) require(places.has(id), `no event ${id} for what the database did`);
    for (const [seq, kept] of this.secrets) require(secrets.get(seq) === kept, `private value of record ${seq}: expected ${kept}`);
    return found;
  }
}

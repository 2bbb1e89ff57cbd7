/** Rows in rising order of record numbers, fetched as far as they are needed. */
export class RowFeed<Row extends { readonly seq: number }> {
  readonly #rows: AsyncIterator<Row>;
  readonly #held = new Map<number, Row[]>();
  #next: Row | undefined;
  #ended = false;

  constructor(rows: AsyncIterable<Row>) {
    this.#rows = rows[Symbol.asyncIterator]();
  }

  /** Fetches the rows of the records [from, seq); those of earlier ones that nobody took are dropped. */
  async readTo(from: number, seq: number): Promise<void> {
    for (const passed of this.#held.keys()) if (passed < from) this.#held.delete(passed);
    while (!this.#ended) {
      if (this.#next !== undefined) {
        if (this.#next.seq >= seq) return;
        const { seq: of } = this.#next;
        const rows = this.#held.get(of);
        if (rows === undefined) this.#held.set(of, [this.#next]);
        else rows.push(this.#next);
        this.#next = undefined;
      }
      const { value, done } = await this.#rows.next();
      if (done === true) this.#ended = true;
      else this.#next = value;
    }
  }

  /** The rows of a record, each once. */
  take(seq: number): readonly Row[] {
    const rows = this.#held.get(seq) ?? [];
    this.#held.delete(seq);
    return rows;
  }
}

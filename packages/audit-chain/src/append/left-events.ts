import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import type { PreparedEvent } from '../record/event.ts';
import type { WaitingEvent } from '../store/store.ts';

/** Characters of events that are remembered at most; the oldest are forgotten first, those of transactions that were rolled back among them. */
const MAX_TEXT = 16 * 2 ** 20;

/**
 * What this process has left in callers' transactions. A row that is still exactly that need not be read as a stranger's, which takes longer than
 * all else that an event costs here; any other row is.
 */
export class LeftEvents {
  readonly #events = new Map<string, { readonly event: PreparedEvent; readonly text: string }>();
  readonly #most: number;
  #size = 0;

  /** @param most characters that are remembered */
  constructor(most: number = MAX_TEXT) {
    this.#most = most;
  }

  /** Remembers events that have no private values: of those there is more to compare. */
  add(events: readonly PreparedEvent[]): void {
    for (const event of events) {
      if (event.privateValues.length > 0 || this.#events.has(event.id)) continue;
      const text = utf8Decode(event.bytes);
      this.#events.set(event.id, { event, text });
      this.#size += text.length;
    }
    for (const id of this.#events.keys()) {
      if (this.#size <= this.#most) return;
      this.#forget(id);
    }
  }

  /** The event of a row, when every column of it is what was left; it is forgotten. */
  take(row: WaitingEvent): PreparedEvent | undefined {
    const left = this.#forget(row.id);
    const isSame = left?.text === row.event && left.event.digest === row.digest && row.private === null && !row.byLibrary;
    return isSame ? left.event : undefined;
  }

  #forget(id: string): { readonly event: PreparedEvent; readonly text: string } | undefined {
    const left = this.#events.get(id);
    this.#events.delete(id);
    this.#size -= left?.text.length ?? 0;
    return left;
  }
}

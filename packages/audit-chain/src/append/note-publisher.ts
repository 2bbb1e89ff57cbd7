import type { ChainStore, StoredNote } from '../store/store.ts';

/** How long after a note the next one is published, milliseconds. */
const PAUSE_MS = 10;

/**
 * Publishes notes behind the callers' backs: they have the note in their receipts, and one that is lost is signed again, over the same root.
 *
 * Under load there is a note for every few milliseconds. Each covers the ones before it, so only the newest is published, at intervals: to
 * store them all would take a good part of what storing the records takes.
 */
export class NotePublisher {
  readonly #store: Pick<ChainStore, 'addNote'>;
  readonly #onError: (error: unknown) => void;
  #newest: StoredNote | undefined;
  #running: Promise<void> | undefined;
  #endPause: (() => void) | undefined;

  /** @param onError told when a note could not be published; the next one covers it */
  constructor(store: Pick<ChainStore, 'addNote'>, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  /** Takes a note to be published, in place of one that still waits. */
  publish(note: StoredNote): void {
    this.#newest = note;
    this.#running ??= this.#run();
  }

  /** Resolves when the newest note is published, without a pause, or has been reported as not. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) {
      this.#endPause?.();
      await this.#running;
    }
  }

  async #run(): Promise<void> {
    for (let note = this.#newest; note !== undefined; note = this.#newest) {
      this.#newest = undefined;
      try {
        await this.#store.addNote(note);
      } catch (error) {
        this.#onError(error);
      }
      await this.#pause();
    }
    this.#running = undefined;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PAUSE_MS);
      this.#endPause = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endPause = undefined;
  }
}

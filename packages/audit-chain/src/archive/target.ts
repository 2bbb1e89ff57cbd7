import type { Retention } from './manifest.ts';

/**
 * Where segments are put.
 *
 * `put` never overwrites: a key that is there keeps its content, and the content has reached stable storage when it resolves. A target that
 * cannot keep something as long as it is asked to rejects; it never keeps it for less.
 *
 * @see docs/spec/archive.md §4
 */
export interface ArchiveTarget {
  /** Names the place in the database, so that one chain can be sealed to several. */
  readonly name: string;
  /** Whether nobody, its owner included, can change or remove what is put there before its time is over. A directory is not. */
  readonly isWriteOnce: boolean;
  /** What something put now is kept under, decided with the store's own clock. `{ mode: 'none' }` where nothing is locked. */
  retention(): Promise<Retention>;
  /**
   * @param retention an answer of `retention()`, or what a manifest of this archive says
   * @returns whether the key was new; false leaves what is there as it is, and the caller compares. The same content is then kept as long as
   *   `retention` says, or `put` rejects; other content is not touched at all
   */
  put(key: string, content: Uint8Array, retention: Retention): Promise<boolean>;
  /** @returns undefined when there is no such key */
  read(key: string): Promise<Uint8Array | undefined>;
}

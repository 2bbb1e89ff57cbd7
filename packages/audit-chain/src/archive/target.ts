/**
 * Where segments are put.
 *
 * `put` never overwrites: a key that is there keeps its content, and the content has reached stable storage when it resolves.
 */
export interface ArchiveTarget {
  /** Names the place in the database, so that one chain can be sealed to several. */
  readonly name: string;
  /** @returns whether the key was new; false leaves what is there as it is */
  put(key: string, content: Uint8Array): Promise<boolean>;
  /** @returns undefined when there is no such key */
  read(key: string): Promise<Uint8Array | undefined>;
}

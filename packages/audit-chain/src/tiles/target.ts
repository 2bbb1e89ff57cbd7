import type { ArchiveTarget } from '../archive/target.ts';

/** Where a tile tree is published: its tiles are put once and for all, and one small file is replaced. */
export interface TileTarget extends ArchiveTarget {
  /** How many files may be put at once, where each answer takes its time; one after the other when absent. */
  readonly atOnce?: number;
  /**
   * Replaces a file whose content is known, at once and for every reader; the new content has reached stable storage when it resolves.
   * In write-once storage the old content stays, as an older version.
   *
   * @param before what is there, as `read` gave it; undefined where there is nothing
   * @returns false when something else is there by now, which then stays
   */
  replace(key: string, content: Uint8Array, before: Uint8Array | undefined): Promise<boolean>;
}

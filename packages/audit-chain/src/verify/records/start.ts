import { readLink } from '@countersign/proof-core/record/link';
import type { Lines } from './lines.ts';

/** How many lines are looked at to find out what a stream is. */
const LOOK = 64;

/** What the beginning of a stream says about itself. */
export interface StreamStart {
  readonly chain: string;
  /** Number of the first record that can be read. */
  readonly first: number;
}

/**
 * Looks at the first lines of a stream.
 *
 * @param asked the chain that is wanted; taken when one of the lines is of it
 * @returns undefined when none of the lines is a record
 */
export function readStart({ bytes, end }: Lines, asked: string | undefined): StreamStart | undefined {
  let start: StreamStart | undefined;
  for (let at = 1, line = 0; at < end && line < LOOK; line++) {
    const feed = bytes.indexOf(10, at);
    const lineEnd = feed < 0 || feed > end ? end : feed;
    const link = readLink(bytes, at, lineEnd);
    if (link !== undefined) {
      start ??= { chain: link.chain, first: link.seq };
      if (link.chain === asked) return { chain: link.chain, first: start.first };
    }
    at = lineEnd + 1;
  }
  return start;
}

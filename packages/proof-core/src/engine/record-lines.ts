/** The link that a line is expected to have. */
export interface ExpectedLink {
  /** From the comma before `"link"` to the hash; at most 1,024 bytes. */
  readonly head: Uint8Array;
  /** From the hash to the seconds: `","seq":8,"time":"2026-11-21T03:12:`. */
  readonly middle: Uint8Array;
  /** Offset of the last digit of the number in `middle`. */
  readonly digitAt: number;
  /** Milliseconds of the minute at which the record before entered. */
  readonly time: number;
}

/**
 * Reads some record lines at once, sixteen bytes at a time. What it says holds, holds; where it stops, other code has to look: it stops at all that
 * is wrong and at some that is not.
 *
 * There is one for a thread: `read` and what belongs to it happen without a pause between them. Types that were remembered stay.
 */
export interface RecordLines {
  /** Hashes, 32 bytes each: of the record before the first line, and of line i at 32 · (i + 1); the caller writes them. */
  readonly hashes: Uint8Array;
  /**
   * Takes the lines that end within bytes[start, end), at most 1,024 of them and `most` bytes.
   *
   * @param most at most 131,072
   * @returns how many there are
   */
  read(bytes: Uint8Array, start: number, end: number, most: number): number;
  /** Offset in these bytes of the line feed of line i. */
  feed(line: number): number;
  /** Says which link the next line has that `linked` is asked for. */
  expect(link: ExpectedLink): void;
  /** The first line from `line` on, before `stop`, whose link is not that which follows from the one before it and from its hash. */
  linked(line: number, stop: number): number;
  /** Remembers the type of an event that is well formed and not the first of its chain; `linkAt` is the offset of the comma before `"link"`. */
  rememberType(bytes: Uint8Array, linkAt: number): void;
  /**
   * The first line from `line` on, before `stop`, whose event, which ends `link` bytes before the line does, is not in canonical form with the
   * members of `countersign/record@1`, each by its rule. The bytes are valid UTF-8, and none of the lines is record 0.
   */
  formed(line: number, stop: number, link: number): number;
}

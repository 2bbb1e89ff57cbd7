/**
 * What a value has to be, beside canonical and without brackets (`scalar`): `text` a string of 1–200 bytes, `uuid` a lower-case UUID of 36
 * characters, `time` as records write it.
 */
export type ValueRule = 'scalar' | 'text' | 'uuid' | 'time';

/** The text of an event with places for values between its pieces: `rules[i]` is for the value between `pieces[i]` and `pieces[i + 1]`. */
export interface Shape {
  /** At most 257, of 4,104 bytes together. */
  readonly pieces: readonly Uint8Array[];
  readonly rules: readonly ValueRule[];
}

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
 * There is one for a thread: `read` and what belongs to it happen without a pause between them. Shapes stay.
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
  /** Remembers a shape in a place, below 64: that of the types with its last letters, see `placeOf`. */
  remember(place: number, shape: Shape): void;
  /** The first line from `line` on, before `stop`, whose event, `link` bytes shorter than the line, has no shape that is remembered. */
  shaped(line: number, stop: number, link: number): number;
}

/** How many places for shapes there are. */
export const SHAPE_PLACES = 64;

/**
 * The place for the shapes of a type: by its last two letters and what follows.
 *
 * @param linkAt offset of the comma before `"link"`, at least 6
 */
export function placeOf(view: DataView, linkAt: number): number {
  return Math.imul(view.getInt32(linkAt - 6, true), 0x9e3779b1) >>> 26;
}

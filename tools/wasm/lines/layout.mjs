const PAGE = 65_536;
const [LINES, TEXT_BYTES, SHAPES, SHAPE_BYTES] = [1024, 2 * PAGE, 64, 5632];

/**
 * Where things lie: how much of the link that is expected has been written, the time within its minute, how many times were met and where
 * (of `occurred_at`), the link from the comma to the hash, and from the hash to the seconds; shapes; where lines end, absolute; the hash before the
 * first line and those of the lines; the text.
 */
export const LAYOUT = {
  middleLength: 0,
  minuteTime: 4,
  times: 8,
  timesAt: 16,
  head: 4 * (4 + LINES),
  headBytes: 1024,
  middle: 4 * (4 + LINES) + 1024,
  middleBytes: 256,
  shapes: 6144,
  shapeBytes: SHAPE_BYTES,
  ends: 6144 + SHAPES * SHAPE_BYTES,
  hashes: 6144 + SHAPES * SHAPE_BYTES + 4 * LINES,
  lines: LINES,
  text: 7 * PAGE,
  textBytes: TEXT_BYTES,
};
/** A page more than there is text: comparing goes on behind its end, by no more than a shape is long. */
export const PAGES = (LAYOUT.text + TEXT_BYTES) / PAGE + 1;

if (LAYOUT.hashes + 32 * (LINES + 1) > LAYOUT.text) throw new Error('the text lies over hashes');

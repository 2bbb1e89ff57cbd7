const PAGE = 65_536;
const [LINES, TEXT_BYTES, HEAD_BYTES, MIDDLE_BYTES] = [1024, 2 * PAGE, 1024, 256];
/** For what is open around a value. */
export const STACK_BYTES = 1024;

/** Areas one behind the other, by their sizes in bytes. */
function areas(sizes) {
  let at = 0;
  return Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, (at += size) - size]));
}

const { end, ...places } = areas({
  middleLength: 4,
  minuteTime: 4,
  times: 8,
  timesAt: 4 * LINES,
  middle: MIDDLE_BYTES,
  head: HEAD_BYTES,
  stack: STACK_BYTES,
  types: PAGE,
  ends: 4 * LINES,
  hashes: 32 * (LINES + 1),
  end: 0,
});

/**
 * Where things lie: how long the link from the hash to the seconds is, as it is expected, the time within its minute, how many times were met
 * (`occurred_at`) and where; that link, and the part before the hash; what is open around a value; event types; where lines end, absolute; the hash
 * before the first line and those of the lines; the text.
 */
export const LAYOUT = {
  ...places,
  text: Math.ceil(end / PAGE) * PAGE,
  headBytes: HEAD_BYTES,
  middleBytes: MIDDLE_BYTES,
  lines: LINES,
  textBytes: TEXT_BYTES,
};
/** A page of zeros behind the text: comparing and reading go on behind its end, and there they stop. */
export const PAGES = (LAYOUT.text + TEXT_BYTES) / PAGE + 1;

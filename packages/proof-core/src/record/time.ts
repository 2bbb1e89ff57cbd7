/** Length of a record's time: `2026-11-21T03:12:00.123Z`. */
export const TIME_LENGTH = 24;

/** Length of the part before the seconds: `2026-11-21T03:12:`. */
export const MINUTE_LENGTH = 17;

// 0 stands for a digit.
const SHAPE = /* @__PURE__ */ Array.from('0000-00-00T00:00:00.000Z', (letter) => (letter === '0' ? 0 : letter.charCodeAt(0)));
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Tells whether 24 bytes are a time as records write it: RFC 3339 in UTC with milliseconds, a day that exists, no second 60.
 *
 * @param bytes what holds the time
 * @param at offset of the first digit
 * @example isTimeAt(utf8Encode('2026-02-29T00:00:00.000Z'), 0) // false
 */
export function isTimeAt(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < TIME_LENGTH; i++) {
    const byte = bytes[at + i]!;
    const wanted = SHAPE[i]!;
    // A comparison with undefined is false both ways, so bytes that are missing fail as well.
    if (wanted === 0 ? !(byte >= 48 && byte <= 57) : byte !== wanted) return false;
  }
  const two = (from: number): number => (bytes[at + from]! - 48) * 10 + bytes[at + from + 1]! - 48;
  const month = two(5);
  const day = two(8);
  if (month < 1 || month > 12 || day < 1 || two(11) > 23 || two(14) > 59 || two(17) > 59) return false;
  if (month !== 2 || day < 29) return day <= DAYS[month - 1]!;
  const century = two(0);
  const year = two(2);
  return day === 29 && (year === 0 ? century % 4 === 0 : year % 4 === 0);
}

/**
 * Tells whether 7 bytes are what follows the minute of a time: `00.123Z`, no second 60.
 *
 * @param at offset of the first digit
 * @internal
 */
export function isSecondAt(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 6; i++) {
    const byte = bytes[at + i]!;
    if (i === 2 ? byte !== 0x2e : !(byte >= 48 && byte <= (i === 0 ? 53 : 57))) return false;
  }
  return bytes[at + 6] === 0x5a;
}

/**
 * Tells whether text is a time as records write it; see `isTimeAt`. Two such texts compare as the times they stand for.
 *
 * @param text any text
 * @example isTime('2026-11-21T03:12:00.123Z') // true
 */
export function isTime(text: string): boolean {
  if (text.length !== TIME_LENGTH) return false;
  const bytes = new Uint8Array(TIME_LENGTH);
  // A character beyond one byte would wrap round to a digit.
  for (let i = 0; i < TIME_LENGTH; i++) bytes[i] = Math.min(text.charCodeAt(i), 255);
  return isTimeAt(bytes, 0);
}

/** The largest integer that every JSON reader agrees on (RFC 7493 §2.2): 2^53 − 1. */
const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

/** What an error expects of a number. */
export const NUMBER_RULE = 'a finite number, integers within ±(2^53−1) (write anything larger or more precise as a string)';

/**
 * Tells whether a number has a canonical form here: finite, and not an integer beyond ±(2^53−1).
 *
 * Every double of magnitude 2^53 or more is an integer, so one comparison decides; it is false for NaN too.
 *
 * @param value any double
 * @example isJsonNumber(2 ** 53) // false
 */
export function isJsonNumber(value: number): boolean {
  return value <= MAX_INTEGER && value >= -MAX_INTEGER;
}

/**
 * Writes a number as RFC 8785 §3.2.2.3 does: ECMAScript's Number::toString, negative zero as `0`.
 *
 * @param value a number for which `isJsonNumber` holds
 * @example formatNumber(1e-7) // '1e-7'
 */
export function formatNumber(value: number): string {
  return String(value);
}

/**
 * Reads a JSON number token whose decimal value is that of its double's shortest form, or gives undefined for one that a double cannot hold
 * so (`0.1000000000000000055`, `1e-400`) and for one outside `isJsonNumber` (`9007199254740993`, `1e400`).
 *
 * `1.10`, `1e2` and `-0` (read as 0) are fine: other spellings, the same value.
 *
 * @param token text that matches RFC 8259 §6
 * @example parseNumber('1.10') // 1.1
 */
export function parseNumber(token: string): number | undefined {
  const decimal = readDecimal(token);
  // The shortest form of a double never needs more than 17 digits, so what has more cannot be equal to one.
  if (decimal.digits.length > 17) return undefined;
  if (decimal.digits === '') return 0;
  const value = Number(`${decimal.negative ? '-' : ''}${decimal.digits}e${decimal.exponent}`);
  if (value === 0 || !isJsonNumber(value)) return undefined;
  // Of two decimals with at most 15 digits no double is nearest to both, so the shortest form is this one (IEEE 754 binary64; subnormals excepted).
  if (decimal.digits.length <= 15 && Math.abs(value) > 1e-290) return value;
  const shortest = readDecimal(String(value));
  return shortest.digits === decimal.digits && shortest.exponent === decimal.exponent ? value : undefined;
}

/** A decimal as (−1)^negative × digits × 10^exponent, digits without zeros at either end; none for zero. */
interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

function readDecimal(token: string): Decimal {
  const negative = token.charCodeAt(0) === 45;
  const mark = token.search(/[eE]/);
  const mantissa = token.slice(negative ? 1 : 0, mark < 0 ? token.length : mark);
  let exponent = mark < 0 ? 0 : Number(token.slice(mark + 1));
  const point = mantissa.indexOf('.');
  let digits = mantissa;
  if (point >= 0) {
    digits = mantissa.slice(0, point) + mantissa.slice(point + 1);
    exponent -= mantissa.length - point - 1;
  }
  let start = 0;
  let end = digits.length;
  while (digits.charCodeAt(start) === 48) start++;
  while (end > start && digits.charCodeAt(end - 1) === 48) end--;
  return { negative, digits: digits.slice(start, end), exponent: exponent + digits.length - end };
}

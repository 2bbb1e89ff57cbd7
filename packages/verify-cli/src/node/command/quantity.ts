import { CliError } from '../errors.ts';

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Smallest and largest number allowed. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}
const UNITS_BYTES = { '': 1, KiB: 1024, MiB: 1_048_576 } as const;

/**
 * Reads a duration: digits and `s`, `m`, `h` or `d`.
 *
 * @param bounds of the number before the unit
 * @returns milliseconds
 * @throws CliError ERR_CLI_OPTION
 * @example readDuration('15m', '--max-age') // 900000
 */
export function readDuration(value: string, option: string, bounds: Bounds = { least: 0, most: 99_999_999 }): number {
  const [, digits, unit] = /^(0|[1-9][0-9]{0,7})([smhd])$/.exec(value) ?? [];
  if (digits === undefined || Number(digits) < bounds.least || Number(digits) > bounds.most)
    throw new CliError('ERR_CLI_OPTION', `${option}: expected a duration such as 90s, 15m, 1h or 7d`, option);
  return Number(digits) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/**
 * Reads a number of bytes: digits, and `KiB` or `MiB` where it is not bytes.
 *
 * @param most the largest number allowed
 * @throws CliError ERR_CLI_OPTION
 * @example readBytes('64MiB', '--max-bytes', 2 ** 30) // 67108864
 */
export function readBytes(value: string, option: string, most: number): number {
  const [, digits, unit] = /^([1-9][0-9]{0,11})(KiB|MiB|)$/.exec(value) ?? [];
  const bytes = Number(digits) * UNITS_BYTES[(unit ?? '') as keyof typeof UNITS_BYTES];
  if (digits !== undefined && bytes <= most) return bytes;
  throw new CliError('ERR_CLI_OPTION', `${option}: expected 1 to ${most} bytes, such as 500000, 512KiB or 64MiB`, option);
}

import { CliError } from '../errors.ts';

const UNITS: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a duration such as `90s`, `15m`, `36h`, `7d`.
 *
 * @returns milliseconds
 * @throws CliError ERR_CLI_OPTION
 * @example readDuration('36h', '--max-age') // 129_600_000
 */
export function readDuration(text: string, option: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new CliError('ERR_CLI_OPTION', `${option}: expected a duration such as 90s, 15m, 36h or 7d`, option);
  return Number(count) * UNITS[unit!]!;
}

import { CliError } from '../errors.ts';

/**
 * Reads a number of seconds.
 *
 * @returns milliseconds
 * @throws CliError ERR_CLI_OPTION unless it is from 0.1 to 86,400
 */
export function readSeconds(text: string, option: string): number {
  const seconds = /^[0-9]{1,5}(\.[0-9]{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds < 0.1 || seconds > 86_400) throw new CliError('ERR_CLI_OPTION', `${option}: expected 0.1 to 86400 seconds`, option);
  return seconds * 1000;
}

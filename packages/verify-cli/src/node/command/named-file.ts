import { readFile } from 'node:fs/promises';
import { CliError } from '../errors.ts';

/**
 * The error for a file that is named and cannot be read.
 *
 * @param option the option, argument or variable that names it
 * @param cause what the system said
 * @example throw unreadable('signers.json', '--signers', cause);
 */
export function unreadable(path: string, option: string, cause: unknown): CliError {
  const { code } = cause as NodeJS.ErrnoException;
  return new CliError('ERR_CLI_FILE', `${option}: ${path} cannot be read (${code})`, option, cause);
}

/**
 * The error for a file that is named and cannot be written, or is there already.
 *
 * @param option the option or argument that names it
 * @param cause what the system said
 * @example throw unwritable('proof', '--out', cause);
 */
export function unwritable(path: string, option: string, cause: unknown): CliError {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === 'EEXIST' ? 'is already there' : `cannot be written (${code})`;
  return new CliError('ERR_CLI_FILE', `${option}: ${path} ${why}`, option, cause);
}

/**
 * Reads a file that is named.
 *
 * @param option the option, argument or variable that names it
 * @param maxBytes more is no file of ours
 * @throws CliError ERR_CLI_FILE
 * @example await readNamed('signers.json', '--signers')
 */
export async function readNamed(path: string, option: string, maxBytes: number = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await readFile(path));
  } catch (cause) {
    throw unreadable(path, option, cause);
  }
  if (bytes.length <= maxBytes) return bytes;
  throw new CliError('ERR_CLI_FILE', `${option}: ${path}: expected at most ${maxBytes} bytes, got ${bytes.length}`, option);
}

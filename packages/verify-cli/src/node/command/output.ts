import { writeFile } from 'node:fs/promises';
import { CliError } from '../errors.ts';

/**
 * Writes a new file; one that is there is never overwritten.
 *
 * @param option what the error names
 * @throws CliError ERR_CLI_FILE
 */
export async function writeNew(path: string, bytes: Uint8Array, option: string): Promise<void> {
  try {
    await writeFile(path, bytes, { flag: 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = code === 'EEXIST' ? `${option}: ${path} is already there` : `${option}: ${path} cannot be written (${code})`;
    throw new CliError('ERR_CLI_FILE', message, option, cause);
  }
}

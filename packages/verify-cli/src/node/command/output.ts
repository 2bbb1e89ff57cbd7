import { writeFile } from 'node:fs/promises';
import { unwritable } from './named-file.ts';

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
    throw unwritable(path, option, cause);
  }
}

import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder } from '@countersign/audit-chain/node/file/replace';
import { unwritable } from './named-file.ts';

/**
 * Writes a new file, on the disk when this resolves; one that is there is never overwritten, and none is left half written.
 *
 * @param option what the error names
 * @param flushed false for many files that can be made again
 * @throws CliError ERR_CLI_FILE
 */
export async function writeNew(path: string, bytes: Uint8Array, option: string, flushed = true): Promise<void> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      if (flushed) await file.sync();
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    if (flushed) await flushFolder(dirname(path));
  } catch (cause) {
    throw unwritable(path, option, cause);
  }
}

import { type FileHandle, link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder } from '@countersign/audit-chain/node/file/replace';
import { unwritable } from './named-file.ts';

/** A new file that appears whole or not at all, and takes the place of none. */
export interface NewFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Flushes it and gives it its name. */
  finish(): Promise<void>;
  /** Leaves nothing behind; does nothing after `finish`. */
  discard(): Promise<void>;
}

/**
 * Begins a new file under another name.
 *
 * @param option what the error names
 * @throws CliError ERR_CLI_FILE when it is there already, or cannot be written
 */
export async function newFile(path: string, option: string): Promise<NewFile> {
  const incoming = `${path}.${process.pid}.new`;
  let file: FileHandle | undefined;
  try {
    await rm(incoming, { force: true });
    file = await open(incoming, 'wx', 0o644);
  } catch (cause) {
    throw unwritable(path, option, cause);
  }
  const opened = file;
  return {
    async write(bytes) {
      try {
        await opened.writeFile(bytes);
      } catch (cause) {
        throw unwritable(path, option, cause);
      }
    },
    async finish() {
      try {
        await opened.sync();
        // link() fails when the name is taken.
        await link(incoming, path);
        await flushFolder(dirname(path));
      } catch (cause) {
        throw unwritable(path, option, cause);
      }
    },
    async discard() {
      await opened.close().catch(() => {});
      await rm(incoming, { force: true });
    },
  };
}

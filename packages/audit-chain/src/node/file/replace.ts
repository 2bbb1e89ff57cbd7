import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The disk's own verdict, injectable so that tests can make it full. */
export type Write = (path: string, text: string | Uint8Array) => Promise<void>;

/**
 * Replaces a file so that after a crash it holds the old content or the new, never a part: written beside it, flushed, renamed, folder
 * flushed.
 *
 * @param mode permissions of the new file
 * @example await replaceFile('keys/high-water.json', text, 0o600);
 */
export async function replaceFile(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  try {
    await writeFlushed(beside, content, mode);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await flushFolder(dirname(path));
}

/** Writes a new file and flushes it; one that is there already is truncated. */
export async function writeFlushed(path: string, content: string | Uint8Array, mode: number, flag: 'w' | 'wx' = 'w'): Promise<void> {
  const file = await open(path, flag, mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes a folder: a new name in it survives a power cut only after this. */
export async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

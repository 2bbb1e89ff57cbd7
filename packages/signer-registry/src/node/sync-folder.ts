import { open } from 'node:fs/promises';

/**
 * Brings the names in a folder to stable storage; Windows has no such call and does it by itself.
 *
 * @example await syncFolder(dirname(path));
 */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

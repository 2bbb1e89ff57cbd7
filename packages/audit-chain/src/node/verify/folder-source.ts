import { Buffer } from 'node:buffer';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { INCOMING } from '../archive/folder-target.ts';
import { type ArchiveFile, type ArchiveSource, SourceError } from '../../verify/ports.ts';

/**
 * An archive in a local directory. Read only; symbolic links to folders are not followed.
 *
 * @example await inspectArchive(folderSource('archive'), { resolver, inflater: nodeInflater });
 */
export function folderSource(folder: string): ArchiveSource {
  return {
    kind: 'directory',
    list: () => listFiles(folder),
    read: (path, start, end, options) => readRange(join(folder, path), path, start, end, options?.into),
  };
}

async function listFiles(folder: string): Promise<ArchiveFile[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files: ArchiveFile[] = [];
    for (const entry of entries) {
      if (entry.isDirectory() || (entry.parentPath === folder && entry.name.startsWith(INCOMING))) continue;
      const path = join(entry.parentPath, entry.name);
      const { size } = await stat(path);
      files.push({ path: relative(folder, path).split(sep).join('/'), size });
    }
    return files;
  } catch (error) {
    throw sourceError(error, folder);
  }
}

async function readRange(path: string, name: string, start: number, end: number, into: Uint8Array | undefined): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const size = Math.max(0, end - start);
      const bytes = into !== undefined && into.length >= size ? into.subarray(0, size) : Buffer.allocUnsafeSlow(size);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, start + length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return bytes.subarray(0, length);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw sourceError(error, name);
  }
}

/** Turns an error of the file system into one of the source; the path is shown, nothing else. */
export function sourceError(error: unknown, path: string): SourceError {
  const { code } = error as NodeJS.ErrnoException;
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  return new SourceError(missing ? 'missing' : 'unreadable', `${path}: cannot be read (${code ?? 'unknown'})`, { cause: error });
}

import { Buffer } from 'node:buffer';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { INCOMING } from '../archive/folder-target.ts';
import { type ArchiveFile, type ArchiveSource, SourceError } from '../../verify/ports.ts';

/**
 * An archive in a local directory. Read only; symbolic links to folders are not followed.
 *
 * @example await inspectArchive(folderSource('archive'), { resolver, inflater: nodeInflater });
 */
export function folderSource(folder: string): ArchiveSource {
  const files = new Map<string, HeldFile>();
  return {
    kind: 'directory',
    list: () => listFiles(folder),
    read: (path, start, end, options) => readRange(files, join(folder, path), path, start, end, options?.into),
  };
}

/** A file that is read in many ranges: opened once, closed when nobody has read it for a while. Small files, read whole, may be replaced. */
interface HeldFile {
  readonly file: Promise<FileHandle>;
  users: number;
  timer?: NodeJS.Timeout;
}

const HELD_MS = 50;

async function withFile<T>(files: Map<string, HeldFile>, path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let held = files.get(path);
  if (held === undefined) files.set(path, (held = { file: open(path, 'r'), users: 0 }));
  clearTimeout(held.timer);
  held.users++;
  try {
    return await use(await held.file);
  } finally {
    held.users--;
    const idle = held;
    if (held.users === 0) held.timer = setTimeout(() => forget(files, path, idle), HELD_MS).unref();
  }
}

function forget(files: Map<string, HeldFile>, path: string, held: HeldFile): void {
  files.delete(path);
  // One that could not be opened needs no closing; who read it was told.
  held.file.then((file) => file.close()).catch(() => undefined);
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

async function readRange(
  files: Map<string, HeldFile>,
  path: string,
  name: string,
  start: number,
  end: number,
  into: Uint8Array | undefined,
): Promise<Uint8Array> {
  try {
    return await (start > 0 ? withFile(files, path, readFrom) : openOnce(path, readFrom));
  } catch (error) {
    throw sourceError(error, name);
  }

  async function readFrom(file: FileHandle): Promise<Uint8Array> {
    const size = Math.max(0, end - start);
    const bytes = into !== undefined && into.length >= size ? into.subarray(0, size) : Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, start + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  }
}

async function openOnce<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Turns an error of the file system into one of the source; the path is shown, nothing else. */
export function sourceError(error: unknown, path: string): SourceError {
  const { code } = error as NodeJS.ErrnoException;
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  return new SourceError(missing ? 'missing' : 'unreadable', `${path}: cannot be read (${code ?? 'unknown'})`, { cause: error });
}

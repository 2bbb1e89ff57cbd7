import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { ChainError } from '../../errors.ts';
import type { TileTarget } from '../../tiles/target.ts';
import { flushFolder, replaceFile, writeFlushed } from '../file/replace.ts';
import { withLock } from '../log/mark-lock.ts';
import { isAlive } from '../process.ts';

/** A file on its way into an archive directory has a name that begins so, with the process id next, at the archive's top; readers leave it out. */
export const INCOMING = '.incoming-';

/**
 * A local directory as an archive: read-only files, flushed. It is not write-once storage: whoever owns the directory can rewrite it, and
 * only the chain's signatures would show that.
 *
 * A tile tree in it has one file that is replaced, its checkpoint, by renaming: a reader finds the old one or the new one.
 *
 * @example for await (const segment of sealChain({ …, target: folderTarget('archive') })) …
 */
export function folderTarget(folder: string): TileTarget {
  const root = resolve(folder);
  return {
    name: `file:${root}`,
    isWriteOnce: false,
    retention: () => Promise.resolve({ mode: 'none' }),
    async put(key, content, { mode }) {
      if (mode === 'none') return await put(root, join(root, key), content);
      throw new ChainError('ERR_ARCHIVE_RETENTION', `${key} is to be kept under ${mode}, and a directory locks nothing`, {
        field: 'retention',
        expected: mode,
        actual: 'none',
      });
    },
    read: (key) => read(join(root, key)),
    replace: (key, content, before) => replace(root, join(root, key), content, before),
  };
}

async function read(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failed(path, error);
  }
}

/** Several processes may do it at once: who holds the lock looks whether what is there is still what it knows. */
async function replace(root: string, path: string, content: Uint8Array, before: Uint8Array | undefined): Promise<boolean> {
  try {
    await makeFolders(root, dirname(path));
    return await withLock(join(dirname(path), `${INCOMING}${basename(path)}.lock`), async (isMine) => {
      const there = await read(path);
      if (!isMine() || (there === undefined ? before !== undefined : before === undefined || !equalBytes(there, before))) return false;
      await replaceFile(path, content, 0o444);
      return true;
    });
  } catch (error) {
    throw error instanceof ChainError ? error : failed(path, error);
  }
}

async function put(root: string, path: string, content: Uint8Array): Promise<boolean> {
  const incoming = join(root, `${INCOMING}${process.pid}-${randomUUID()}`);
  try {
    await makeFolders(root, dirname(path));
    await removeLeftovers(root);
    await writeFlushed(incoming, content, 0o444);
    // link() fails when the name is taken: a complete file appears, or none, and nothing is ever overwritten.
    await link(incoming, path);
    await flushFolder(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw failed(path, error);
  } finally {
    await rm(incoming, { force: true }).catch(() => {});
  }
}

/** What killed processes were writing; it is in nobody's way, and no part of the archive. */
async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = /^\.incoming-([1-9][0-9]*)(?:-[0-9a-f-]+)?$/.exec(name)?.[1];
    if (pid !== undefined && (await isLeftover(join(root, name), Number(pid)))) await rm(join(root, name), { force: true });
  }
}

async function isLeftover(path: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return !isAlive(pid, '-');
  // Under our own number: of a process before this one, as in a container that was started again, or just being written by us.
  try {
    return (await stat(path)).mtimeMs < Date.now() - process.uptime() * 1000;
  } catch {
    return false;
  }
}

/** Makes the folders down to `path`, one by one; each new name is flushed in its parent. */
async function makeFolders(root: string, path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = path; folder !== dirname(root) && !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    try {
      await mkdir(folder);
    } catch (error) {
      // Another process may make the same folder at the same time.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await flushFolder(dirname(folder));
  }
}

function failed(path: string, cause: unknown): ChainError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new ChainError('ERR_DISK_FULL', 'the disk is full', { field: path, cause });
  return new ChainError('ERR_ARCHIVE_STORE', `${path}: cannot be read or written (${code ?? 'unknown'})`, {
    field: path,
    actual: code ?? 'unknown',
    cause,
  });
}

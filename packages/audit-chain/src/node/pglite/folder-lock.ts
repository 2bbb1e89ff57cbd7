import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ChainError } from '../../errors.ts';
import { isAlive, startTime } from '../process.ts';

const HOLDER = /^([1-9][0-9]{0,9}) ([0-9]+|-)\n$/;

/**
 * The live process that a lock names. Locks appear complete, so one of another form is what a power cut left: nobody's.
 *
 * @returns its pid; undefined when it has ended
 */
function holder(content: string): number | undefined {
  const [, pid, started] = HOLDER.exec(content) ?? [];
  return pid !== undefined && isAlive(Number(pid), started!) ? Number(pid) : undefined;
}

function inUse(path: string, pid: number): ChainError {
  return new ChainError('ERR_LOG_IN_USE', `the log is in use by process ${pid} (${path})`, {
    field: 'lock',
    expected: 'no other process',
    actual: pid,
  });
}

function cannotLock(path: string, cause: NodeJS.ErrnoException): ChainError {
  const actual = cause.code ?? 'unknown';
  if (actual === 'ENOSPC') return new ChainError('ERR_DISK_FULL', 'the disk is full', { field: 'lock', actual, cause });
  return new ChainError('ERR_STORE', `${path}: cannot be written (${actual})`, { field: 'lock', actual, cause });
}

/**
 * Takes a lock file for this process; a lock whose process has ended is taken over, one of a live process never.
 *
 * @param path the lock file, beside what it protects
 * @returns the function that gives the lock back
 * @throws ChainError ERR_LOG_IN_USE, ERR_DISK_FULL, ERR_STORE when the folder is missing or not to be written to
 * @example const release = lockFile('log/db.lock');
 */
export function lockFile(path: string): () => void {
  const mine = `${process.pid} ${startTime(process.pid)}\n`;
  const fresh = `${path}.${process.pid}`;
  try {
    // link() publishes a file that is already complete: nobody ever reads a half-written lock.
    writeFileSync(fresh, mine, { mode: 0o600 });
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        linkSync(fresh, path);
        return () => {
          if (read(path) === mine) rmSync(path, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const theirs = read(path);
      if (theirs === undefined) continue;
      const pid = holder(theirs);
      if (pid !== undefined) throw inUse(path, pid);
      takeAway(path, theirs, fresh);
    }
    throw inUse(path, 0);
  } catch (error) {
    throw error instanceof ChainError ? error : cannotLock(path, error as NodeJS.ErrnoException);
  } finally {
    rmSync(fresh, { force: true });
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Removes a stale lock. Only the holder of the guard removes locks of others, and a live process only its own, so the lock cannot
 * change between the second look and the removal.
 */
function takeAway(path: string, stale: string, fresh: string): void {
  const guard = `${path}.takeover`;
  try {
    linkSync(fresh, guard);
  } catch {
    const theirs = read(guard);
    if (theirs !== undefined && holder(theirs) === undefined) rmSync(guard, { force: true });
    return;
  }
  try {
    if (read(path) === stale) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

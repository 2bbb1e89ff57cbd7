import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ChainError } from '../../errors.ts';

/** Field 22 of /proc/PID/stat: a pid may be used again, a pid with its start time is not. Absent outside Linux. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    return '-';
  }
}

function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === '-' || startTime(pid) === started;
}

function inUse(path: string, pid: number): ChainError {
  return new ChainError('ERR_LOG_IN_USE', `the log is in use by process ${pid} (${path})`, {
    field: 'lock',
    expected: 'no other process',
    actual: pid,
  });
}

/**
 * Takes a lock file for this process; a lock whose process has ended is taken over, one of a live process never.
 *
 * @param path the lock file, beside what it protects
 * @returns the function that gives the lock back
 * @throws ChainError ERR_LOG_IN_USE
 * @example const release = lockFile('log/db.lock');
 */
export function lockFile(path: string): () => void {
  const mine = `${process.pid} ${startTime(process.pid)}\n`;
  const fresh = `${path}.${process.pid}`;
  // link() publishes a file that is already complete: nobody ever reads a half-written lock.
  writeFileSync(fresh, mine, { mode: 0o600 });
  try {
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
      const [pid, started] = theirs.trim().split(' ');
      if (theirs === mine || isAlive(Number(pid), started ?? '-')) throw inUse(path, Number(pid));
      takeAway(path, theirs);
    }
    throw inUse(path, 0);
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
function takeAway(path: string, stale: string): void {
  const guard = `${path}.takeover`;
  try {
    writeFileSync(guard, `${process.pid} ${startTime(process.pid)}\n`, { flag: 'wx', mode: 0o600 });
  } catch {
    const [pid, started] = (read(guard) ?? '').trim().split(' ');
    if (pid !== undefined && pid !== '' && !isAlive(Number(pid), started ?? '-')) rmSync(guard, { force: true });
    return;
  }
  try {
    if (read(path) === stale) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

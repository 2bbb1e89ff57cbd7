import { lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { markError } from '../../marks/state.ts';
import { isAlive, startTime } from '../process.ts';

// A step takes well under a millisecond of work and one flush.
const WAIT_MS = 10_000;
/** After this long a lock whose holder cannot be asked after is nobody's. */
const ABANDONED_MS = 30_000;

function readLinkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '-';
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '-';
  }
}

/** Where pids mean the same: containers that share a folder have pids of their own. */
const PLACE = `${hostname()} ${readOr('/proc/sys/kernel/random/boot_id')} ${readLinkOr('/proc/self/ns/pid')}`;

/**
 * Who holds a lock: the target of a symbolic link, which is there whole or not at all, whenever its writer is killed. Empty for what is
 * none of our locks; undefined when there is none.
 */
function holderOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EINVAL' ? '' : undefined;
  }
}

/** Tells whether a lock's holder has ended, as far as can be told from here. */
function isAbandoned(path: string, content: string): boolean {
  const [, pid, started, place] = /^([1-9][0-9]*) (\S+) (.*)$/.exec(content) ?? [];
  if (pid !== undefined && place === PLACE) return !isAlive(Number(pid), started!);
  try {
    return Date.now() - lstatSync(path).mtimeMs > ABANDONED_MS;
  } catch {
    return false;
  }
}

let mine: string | undefined;

/**
 * Takes the lock, waits for it, runs work, gives it back. Nothing is flushed: a lock that a power cut leaves behind is nobody's.
 *
 * @param path the lock, a symbolic link that names its holder, beside what it protects
 * @param work is told how to find out, before it reports success, whether the lock is still its own
 * @throws ChainError ERR_MARK_STORE when others hold it for too long, or it cannot be made
 */
export async function withLock<T>(path: string, work: (isMine: () => boolean) => Promise<T>): Promise<T> {
  mine ??= `${process.pid} ${startTime(process.pid)} ${PLACE}`;
  const deadline = Date.now() + WAIT_MS;
  for (let pause = 0; !take(path, mine); pause = Math.min(10, pause + 0.5)) {
    if (Date.now() > deadline) throw markError(path, 'lock', `a turn within ${WAIT_MS / 1000} s; remove it if no process is at work`);
    await new Promise((resolve) => void setTimeout(resolve, pause * (0.5 + Math.random())));
  }
  try {
    return await work(() => holderOf(path) === mine);
  } finally {
    if (holderOf(path) === mine) remove(path);
  }
}

/** A tenth of what `rmSync` takes. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function take(path: string, content: string): boolean {
  try {
    symlinkSync(content, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw markError(path, 'lock', 'a place to write', error);
  }
  const theirs = holderOf(path);
  if (theirs !== undefined && isAbandoned(path, theirs)) takeAway(path, theirs, content);
  return false;
}

/** Removes an abandoned lock under a guard, so that nobody removes the lock of who was faster. */
function takeAway(path: string, abandoned: string, content: string): void {
  const guard = `${path}.takeover`;
  try {
    symlinkSync(content, guard);
  } catch {
    const theirs = holderOf(guard);
    if (theirs !== undefined && isAbandoned(guard, theirs)) rmSync(guard, { force: true });
    return;
  }
  try {
    if (holderOf(path) === abandoned) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

import { lstatSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import { markError } from '../../marks/state.ts';
import { isAlive, startTime } from '../process.ts';

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

/** Which folder a lock is in: a copy of the folder is another one, and so are the locks in it. */
function folderOf(path: string): string {
  return String(statSync(dirname(path), { throwIfNoEntry: false })?.ino ?? '-');
}

let mine: string | undefined;

/** What this thread writes into a lock: process id, its start, the place where that id means something, the folder, and the number of another thread. */
function ownName(path: string): string {
  mine ??= `${process.pid} ${startTime(process.pid)} ${PLACE}`;
  return `${mine} @${folderOf(path)}${isMainThread ? '' : ` #${threadId}`}`;
}

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

// Copying tools make a link's target absolute (`fs.cpSync` does): a lock that has a folder before its holder's name was never one itself.
const HOLDER = /^(\/.*\/)?([1-9][0-9]*) (\S+) ([^/]*?)(?: @([0-9]+|-))?(?: #[0-9]+)?$/;

/** Tells whether a lock's holder has ended, as far as can be told from here, or holds the lock that this one is a copy of. */
function isAbandoned(path: string, content: string): boolean {
  const [, copiedFrom, pid, started, place, folder] = HOLDER.exec(content) ?? [];
  if (copiedFrom !== undefined) return true;
  if (pid !== undefined && place === PLACE) return (folder !== undefined && folder !== folderOf(path)) || !isAlive(Number(pid), started!);
  try {
    return Date.now() - lstatSync(path).mtimeMs > ABANDONED_MS;
  } catch {
    return false;
  }
}

/** Tells whether this thread holds a lock. */
export function isOwn(path: string): boolean {
  return holderOf(path) === ownName(path);
}

/** Removes a lock of this thread's, at a tenth of what `rmSync` takes; one that somebody took away in the meantime is left. */
export function removeOwn(path: string): void {
  if (!isOwn(path)) return;
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * Takes a lock that this thread does not hold, if it is nobody's. An abandoned one is removed, for the next attempt; so is a copy of one of this
 * thread's own, that came with a copy of the folder.
 *
 * @throws ChainError ERR_MARK_STORE
 */
export function take(path: string): boolean {
  try {
    symlinkSync(ownName(path), path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw markError(path, 'lock', 'a place to write', error);
  }
  const theirs = holderOf(path);
  if (theirs !== undefined && (theirs === ownName(path) || isAbandoned(path, theirs))) takeAway(path, theirs);
  return false;
}

/** Tells whether there is a lock that is not abandoned; removes one that is. */
export function isTaken(path: string): boolean {
  // A tenth of what a link that cannot be read costs.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  const content = holderOf(path);
  if (content === undefined) return false;
  if (!isAbandoned(path, content)) return true;
  takeAway(path, content);
  return false;
}

/** Removes an abandoned lock under a guard, so that nobody removes the lock of who was faster. */
function takeAway(path: string, abandoned: string): void {
  const guard = `${path}.takeover`;
  try {
    symlinkSync(ownName(guard), guard);
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

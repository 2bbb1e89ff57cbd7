import { isMainThread } from 'node:worker_threads';
import { markError } from '../../marks/state.ts';
import { isOwn, isTaken, removeOwn, take } from './lock-link.ts';

// A step takes well under a millisecond of work and one flush.
const WAIT_MS = 10_000;
/** A kept lock is let go of when it was not used for so long. */
const IDLE_MS = 20;
/** And after so long in any case: those who cannot ask after its holder go by its age. */
const KEPT_MS = 1000;

/** A lock that this thread holds. */
interface Held {
  readonly since: number;
  isBusy: boolean;
  used: number;
  isWatched: boolean;
}

const held = new Map<string, Held>();

/**
 * Takes the lock, waits for it, runs work, gives it back. Nothing is flushed: a lock that a power cut leaves behind is nobody's.
 *
 * @param path the lock, a symbolic link that names its holder, beside what it protects
 * @param work is told how to find out, before it reports success, whether the lock is still its own
 * @param options `keep`: the lock stays with this process between calls that follow each other, until another process wants it; each making and
 *   removing of a name costs the file system's journal more than the work does (measured: docs/operations/high-water-mark.md)
 * @throws ChainError ERR_MARK_STORE when others hold it for too long, or it cannot be made
 */
export async function withLock<T>(
  path: string,
  work: (isMine: () => boolean) => Promise<T>,
  { keep = false }: { readonly keep?: boolean } = {},
): Promise<T> {
  const lock = enter(path) ?? (await wait(path));
  try {
    return await work(() => isOwn(path));
  } finally {
    lock.isBusy = false;
    lock.used = Date.now();
    // Another thread may be ended without a chance to let go, and its process would be asked after in vain.
    if (!keep || !isMainThread || lock.used - lock.since > KEPT_MS || isTaken(wantedOf(path))) leave(path);
    else letGoLater(path, lock);
  }
}

/** The sign that somebody waits for a lock. */
const wantedOf = (path: string): string => `${path}.wanted`;

/** Takes the lock if it is free, or kept by this thread. */
function enter(path: string): Held | undefined {
  const kept = held.get(path);
  if (kept?.isBusy === true) return undefined;
  if (kept !== undefined && isOwn(path)) {
    kept.isBusy = true;
    return kept;
  }
  held.delete(path);
  if (!take(path)) return undefined;
  const lock = { since: Date.now(), isBusy: true, used: 0, isWatched: false };
  held.set(path, lock);
  return lock;
}

async function wait(path: string): Promise<Held> {
  const deadline = Date.now() + WAIT_MS;
  try {
    for (let pause = 0; ; pause = Math.min(10, pause + 0.5)) {
      const lock = enter(path);
      if (lock !== undefined) return lock;
      if (Date.now() > deadline) throw markError(path, 'lock', `a turn within ${WAIT_MS / 1000} s; remove it if no process is at work`);
      if (!isOwn(wantedOf(path))) take(wantedOf(path));
      await new Promise((resolve) => void setTimeout(resolve, pause * (0.5 + Math.random())));
    }
  } finally {
    removeOwn(wantedOf(path));
  }
}

function leave(path: string): void {
  held.delete(path);
  removeOwn(path);
}

function letGoLater(path: string, lock: Held): void {
  if (lock.isWatched) return;
  lock.isWatched = true;
  leaveAllAtExit();
  const look = (): void => {
    if (held.get(path) !== lock) return;
    if (!lock.isBusy && Date.now() - lock.used >= IDLE_MS) leave(path);
    else setTimeout(look, IDLE_MS).unref();
  };
  setTimeout(look, IDLE_MS).unref();
}

let leavesAtExit = false;

/** A process that ends by itself leaves nothing behind; of one that is killed can be told that it has ended. */
function leaveAllAtExit(): void {
  if (leavesAtExit) return;
  leavesAtExit = true;
  process.once('exit', () => {
    for (const path of held.keys()) leave(path);
  });
}

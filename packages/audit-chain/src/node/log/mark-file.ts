import { Buffer } from 'node:buffer';
import { closeSync, fdatasync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { ChainError } from '../../errors.ts';
import { type MarkCell, type RememberingMark, cellMark } from '../../marks/cell.ts';
import { type MarkState, NO_STATE, copyMark, formatMarkState, markError, parseMarkState } from '../../marks/state.ts';
import { replaceFile } from '../file/replace.ts';
import { withLock } from './mark-lock.ts';
import { SLOT_BYTES, type Slot, formatSlot, newestSlot } from './mark-slot.ts';

const code = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'an error';

/**
 * The high-water mark of one chain in a file beside its key (docs/operations/high-water-mark.md); any number of processes of one machine.
 *
 * The file has two slots; a step overwrites the older one and flushes it, so that a torn write costs a step that nobody was told of and never
 * lowers the mark. Each reservation has reached the disk when it resolves.
 *
 * @param path the file; its folder must exist. A lock beside it, `<path>.lock`, is held during a step, and for a moment after it
 * @throws ChainError from the mark: ERR_MARK_STORE, ERR_DISK_FULL
 * @example const mark = markFile('log/keys/high-water.json');
 */
export function markFile(path: string): RememberingMark {
  return cellMark(fileCell(path));
}

/** Runs the write to the disk; a test makes it fail. */
export type WriteGuard = (path: string, write: () => Promise<void>) => Promise<void>;

/** The cell of `markFile`. */
export function fileCell(path: string, guard: WriteGuard = (_, write) => write()): MarkCell {
  /** Digest of the newest slot that this process knows to be on the disk. */
  let flushed: string | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const seen: Seen = { bytes: Buffer.alloc(0), slot: undefined };
  /** What the slot that was read last says. */
  let parsed: { readonly slot: Slot; readonly origin: string; readonly state: MarkState } | undefined;

  const stateOf = (slot: Slot | undefined, origin: string): MarkState => {
    if (slot === undefined) return NO_STATE;
    if (parsed?.slot !== slot || parsed.origin !== origin) parsed = { slot, origin, state: parseMarkState(slot.content, origin, path) };
    const { mark, server } = parsed.state;
    return { mark: mark && copyMark(mark), server };
  };

  const update: MarkCell['update'] = (origin, change) =>
    withLock(
      `${path}.lock`,
      async (isMine) => {
        const present = readSlot(path, seen);
        const next = change(stateOf(present, origin));
        if (next === undefined) return;
        const slot = formatSlot(formatMarkState(origin, next), (present?.generation ?? -1) + 1);
        const known = flushed;
        flushed = undefined;
        try {
          await guard(path, () => (present === undefined ? replaceFile(path, firstFile(slot), 0o600) : step(path, present, slot, known)));
        } catch (cause) {
          if (code(cause) === 'ENOSPC') throw new ChainError('ERR_DISK_FULL', 'the disk is full', { field: 'high-water mark', cause });
          throw markError(path, 'file', `a place to write (${code(cause)})`, cause);
        }
        if (!isMine()) throw markError(path, 'lock', 'the lock that was taken');
        flushed = slot.digest;
        if (present !== undefined) {
          seen.bytes = Buffer.from(seen.bytes);
          slot.bytes.copy(seen.bytes, placeOf(slot));
          seen.slot = slot;
          parsed = { slot, origin, state: next };
        }
      },
      { keep: true },
    );

  return {
    // oxlint-disable-next-line typescript/require-await -- what cannot be read is a rejection
    async read(origin) {
      return stateOf(readSlot(path, seen), origin);
    },
    update(origin, change) {
      const turn = last.then(() => update(origin, change));
      last = turn.catch(() => {});
      return turn;
    },
  };
}

/** Writes a slot over the older one. */
async function step(path: string, present: Slot, next: Slot, flushed: string | undefined): Promise<void> {
  const file = openSync(path, 'r+');
  try {
    // The newest slot may be known to the page cache alone: it has to be on the disk before the one before it is overwritten.
    if (present.digest !== flushed) await writeSlot(file, present);
    await writeSlot(file, next);
  } finally {
    closeSync(file);
  }
}

const flushBesideOthers = promisify(fdatasync);

// A flush in another thread costs two changes of threads, more than a fast disk takes; waiting here for a slow one would hold up everything else.
const FAST_MS = 1;
let flushMs = Infinity;

async function flush(file: number): Promise<void> {
  const start = performance.now();
  if (flushMs < FAST_MS) fdatasyncSync(file);
  else await flushBesideOthers(file);
  flushMs = performance.now() - start;
}

function placeOf({ generation }: Slot): number {
  return (generation % 2) * SLOT_BYTES;
}

async function writeSlot(file: number, slot: Slot): Promise<void> {
  if (writeSync(file, slot.bytes, 0, SLOT_BYTES, placeOf(slot)) !== SLOT_BYTES) throw new Error('a short write');
  await flush(file);
}

function firstFile(slot: Slot): Uint8Array {
  return Buffer.concat([slot.bytes, Buffer.alloc(SLOT_BYTES, `${' '.repeat(SLOT_BYTES - 1)}\n`)]);
}

/** What a file held when it was last read: nobody else writes to most of them. */
interface Seen {
  bytes: Buffer;
  slot: Slot | undefined;
}

/** The newest whole slot; undefined when there is no file. */
function readSlot(path: string, seen: Seen): Slot | undefined {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      if (size === bytes.length) readSync(file, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (code(cause) === 'ENOENT') return undefined;
    throw markError(path, 'file', `a readable file (${code(cause)})`, cause);
  }
  if (seen.slot !== undefined && seen.bytes.equals(bytes)) return seen.slot;
  const slot = newestSlot(bytes);
  if (slot === undefined) throw markError(path, 'file', 'a whole slot');
  seen.bytes = bytes;
  seen.slot = slot;
  return slot;
}

import type { HighWaterMark, Mark } from '@countersign/proof-core/ports';
import { advanceMark } from '../append/advance-mark.ts';
import { type MarkState, copyMark } from './state.ts';

/**
 * A place for marks: a file, a row, an object.
 *
 * `update` reads the state, asks `change` for the next one, and writes it so that nobody has written in between; it may ask again. When it
 * resolves the state has reached stable storage. It is the only writer.
 */
export interface MarkCell {
  /** @throws ChainError ERR_MARK_STORE */
  read(origin: string): Promise<MarkState>;
  /** @throws ChainError ERR_MARK_STORE, ERR_DISK_FULL, and what `change` throws */
  update(origin: string, change: (present: MarkState) => MarkState | undefined): Promise<void>;
}

/** Remembers beside a mark which database server it was last checked against. */
export interface ServerMemory {
  /** `<system identifier>/<timeline>`; undefined when none was remembered. */
  server(origin: string): Promise<string | undefined>;
  rememberServer(origin: string, server: string): Promise<void>;
}

/** A high-water mark that also remembers the server. */
export type RememberingMark = HighWaterMark & ServerMemory;

/**
 * The high-water mark that is kept in a cell: the one rule of `advanceMark`, whatever the place.
 *
 * @example const mark = cellMark(fileCell('keys/high-water.json'));
 */
export function cellMark(cell: MarkCell): RememberingMark {
  return {
    read: async (origin) => (await cell.read(origin)).mark,
    async reserve(next: Mark, proof: readonly Uint8Array[]) {
      const own = copyMark(next);
      const hashes = proof.map((hash) => hash.slice());
      await cell.update(own.origin, ({ mark, server }) => (advanceMark(mark, own, hashes) ? { mark: own, server } : undefined));
    },
    server: async (origin) => (await cell.read(origin)).server,
    rememberServer: (origin, server) => cell.update(origin, (present) => (present.server === server ? undefined : { ...present, server })),
  };
}

/** Tells whether a mark remembers servers too. */
export function remembersServer(mark: HighWaterMark): mark is RememberingMark {
  return 'rememberServer' in mark;
}

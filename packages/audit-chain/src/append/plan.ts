import type { Engine } from '@countersign/proof-core/engine/engine';
import type { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import type { PreparedEvent } from '../record/event.ts';
import type { Addition, WaitingEvent } from '../store/store.ts';
import { type Batch, type Head, linkEvents } from './batch.ts';
import { type HashedRecords, hashRecords } from './lines.ts';
import type { TileBuilder } from './tiles.ts';

/** Where a chain stands: what the next batch continues. */
export interface Position {
  readonly head: Head;
  /** The compact range of all its records. */
  readonly range: CompactRange;
  readonly tiles: TileBuilder;
}

/** A batch, what it adds to the database, and where the chain stands afterwards. */
export interface Plan {
  readonly batch: Batch;
  readonly addition: Addition;
  readonly next: Position;
}

/** The events of a batch: those that waited in the database first, then those of this process's callers. */
export interface BatchEvents {
  readonly waiting: readonly { readonly row: WaitingEvent; readonly event: PreparedEvent }[];
  readonly own: readonly PreparedEvent[];
}

/**
 * Gives events their places behind a position; changes nothing but its result.
 *
 * @param clock `process` and `database` clocks, milliseconds since 1970
 */
export function planBatch(
  chain: string,
  position: Position,
  { waiting, own }: BatchEvents,
  clock: { readonly process: number; readonly database: number },
  engine: Engine,
): Plan {
  const events = [...waiting.map(({ event }) => event), ...own];
  // max(previous time, database clock): time never runs backwards in a chain (architecture §3.1).
  const now = new Date(clock.database).toISOString();
  const time = now > position.head.time ? now : position.head.time;
  const batch = linkEvents(chain, position.head, events, time, engine);
  const { range, tiles, full } = extend(position, batch.leaves, engine);
  const addition: Addition = {
    first: batch.first,
    count: batch.count,
    now: clock.process,
    records: batch.bytes.subarray(1),
    waiting: waiting.map(({ row }) => row),
    ids: own,
    privateValues: events.flatMap((event) => event.privateValues.map((value) => ({ ...value, id: event.id }))),
    checkpoint: { size: batch.head.size, root: range.root(engine), frontier: range.toBytes() },
    tiles: full,
  };
  return { batch, addition, next: { head: batch.head, range, tiles } };
}

/**
 * Goes on over records that another process has stored, requiring that they continue this position.
 *
 * @returns the new position, and the hashes of the records in between
 * @throws ChainError ERR_CHAIN_TAMPERED
 */
export async function catchUp(
  chain: string,
  position: Position,
  size: number,
  records: (from: number, to: number) => AsyncIterable<Uint8Array>,
  engine: Engine,
): Promise<{ readonly position: Position; readonly leaves: Uint8Array }> {
  const { head } = position;
  const expect = { chain, first: head.size, count: size - head.size, prev: head.hash };
  const { leaves, hash, time }: HashedRecords = await hashRecords(records(head.size, size), expect, engine);
  const { range, tiles } = extend(position, leaves, engine);
  return { position: { head: { size, hash, time }, range, tiles }, leaves };
}

function extend(position: Position, leaves: Uint8Array, engine: Engine) {
  const range = position.range.clone();
  range.appendMany(leaves, leaves.length / 32, engine);
  const tiles = position.tiles.clone();
  const full = tiles.add(leaves);
  return { range, tiles, full };
}

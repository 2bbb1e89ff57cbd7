import type { Engine } from '@countersign/proof-core/engine/engine';
import type { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import type { Clock } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';
import type { PreparedEvent } from '../record/event.ts';
import type { Addition, LockedHead } from '../store/store.ts';
import { type Batch, type Head, linkEvents } from './batch.ts';
import type { TileBuilder } from './tiles.ts';

/** Where a chain stands once its last batch is durable. */
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

const MAX_CLOCK_DIFFERENCE_MS = 5000;

/**
 * Gives events their places behind a position, under the chain's lock; changes nothing but its result.
 *
 * @throws ChainError ERR_CHAIN_TAMPERED when the stored chain is not where this process left it; ERR_CLOCK
 */
export function planBatch(
  chain: string,
  position: Position,
  locked: LockedHead,
  events: readonly PreparedEvent[],
  clock: Clock,
  engine: Engine,
): Plan {
  if (locked.size !== position.head.size) {
    throw new ChainError('ERR_CHAIN_TAMPERED', `chain ${chain} has ${locked.size} records, expected ${position.head.size}`, {
      field: 'size',
      expected: position.head.size,
      actual: locked.size,
    });
  }
  const batch = linkEvents(chain, position.head, events, linkTime(position.head.time, locked.now, clock.now()), engine);
  const range = position.range.clone();
  range.appendMany(batch.leaves, batch.count, engine);
  const tiles = position.tiles.clone();
  const addition: Addition = {
    first: batch.first,
    count: batch.count,
    records: batch.text,
    ids: events,
    privateValues: events.flatMap((event) => event.privateValues.map((value) => ({ ...value, id: event.id }))),
    checkpoint: { size: batch.head.size, root: range.root(engine), frontier: range.toBytes() },
    tiles: tiles.add(batch.leaves),
  };
  return { batch, addition, next: { head: batch.head, range, tiles } };
}

/** max(previous time, database clock): time never runs backwards in a chain (architecture §3.1). */
function linkTime(previous: string, database: number, process: number): string {
  const difference = Math.abs(process - database);
  if (difference > MAX_CLOCK_DIFFERENCE_MS) {
    throw new ChainError('ERR_CLOCK', `the clocks of the process and the database differ by ${difference} ms`, {
      field: 'clock',
      expected: `at most ${MAX_CLOCK_DIFFERENCE_MS} ms`,
      actual: difference,
    });
  }
  const now = new Date(database).toISOString();
  return now > previous ? now : previous;
}

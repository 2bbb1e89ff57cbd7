import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { ChainError } from '../errors.ts';
import type { PrivateValue } from '../record/private.ts';
import { sqlState, violatedConstraint } from './errors.ts';
import * as sql from './statements.ts';
import type { SqlQueries } from './sql.ts';
import type { Addition, BatchConflict } from './store.ts';

// The SQLSTATEs of countersign.add_batch; 55P03 is a lock that was not granted in time.
const CONFLICTS: Readonly<Record<string, BatchConflict>> = { CS001: 'head', CS002: 'waiting', '55P03': 'held' };

/** Adds a batch, in whatever transaction the queries run in. */
export async function addTo(
  queries: SqlQueries,
  chain: number,
  addition: Addition,
): Promise<{ readonly now: number; readonly start: string }> {
  const { checkpoint, tiles, privateValues, waiting } = addition;
  const [row] = await queries.query(sql.ADD_BATCH, [
    chain,
    addition.first,
    addition.count,
    addition.now,
    addition.records,
    lines(waiting, ({ n }) => String(n)),
    lines(addition.ids, ({ id, digest }) => `${id} ${digest}`),
    hexEncode(checkpoint.root),
    hexEncode(checkpoint.frontier),
    lines(tiles, ({ level, index, root, hashes }) => `${level} ${index} ${hexEncode(root)} ${hexEncode(hashes)}`),
    privateValues.length === 0 ? null : formatPrivateValues(privateValues),
  ]);
  return { now: Number(row!['now']), start: String(row!['start']) };
}

/** Private values as the database takes them: JSON, salts in hex. */
export function formatPrivateValues(values: readonly (PrivateValue & { readonly id?: string })[]): string {
  return JSON.stringify(values.map((value) => ({ ...value, salt: hexEncode(value.salt) })));
}

function lines<T>(rows: readonly T[], line: (row: T) => string): string | null {
  return rows.length === 0 ? null : rows.map(line).join('\n');
}

/** Turns the refusals of add_batch into answers; other errors go on. */
export async function conflictOr<T>(work: () => Promise<T>): Promise<T | { readonly conflict: BatchConflict }> {
  try {
    return await work();
  } catch (error) {
    const state = sqlState(error);
    const conflict = violatedConstraint(error) === 'event_id_pkey' ? 'ids' : CONFLICTS[state];
    if (conflict !== undefined) return { conflict };
    if (state !== 'CS003') throw error;
    throw new ChainError('ERR_CLOCK', 'the clocks of the process and the database differ by more than 5 seconds', {
      field: 'clock',
      cause: error,
    });
  }
}

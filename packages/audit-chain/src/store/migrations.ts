import { ATTESTATION } from './migration/attestation.ts';
import { FIRST } from './migration/first.ts';
import { IMMUTABILITY } from './migration/immutability.ts';
import { LISTS } from './migration/lists.ts';
import { OUTBOX } from './migration/outbox.ts';
import { READING } from './migration/reading.ts';

/** One step of the schema; its text never changes once released (its digest is kept in the database). */
export interface Migration {
  readonly id: number;
  readonly name: string;
  /** Statements, each ending in `;` at the end of a line. */
  readonly sql: string;
}

/** The schema, in order. One dialect: PostgreSQL 15 is the floor, the embedded PostgreSQL is 18. */
export const MIGRATIONS: readonly Migration[] = [
  { id: 1, name: 'chains, records, ids, checkpoints, notes, tiles, private values, segments', sql: FIRST },
  { id: 2, name: 'batches in one call, waiting events, quarantine', sql: OUTBOX },
  { id: 3, name: 'immutability, roles, redaction, pruning, thinning', sql: IMMUTABILITY },
  { id: 4, name: 'indexes for reading by actor, subject and type', sql: READING },
  { id: 5, name: 'cosignatures and time stamps beside notes, stops', sql: ATTESTATION },
  { id: 6, name: 'lists of events left in one call, batches that find waiting events by key', sql: LISTS },
];

import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { ChainError, type ChainErrorCode } from '../errors.ts';
import { bytes } from './columns.ts';
import { sqlState } from './errors.ts';
import type { Row, SqlQueries } from './sql.ts';

/** A private value as it is stored, or the mark that it was erased: without `value` and `salt`. */
export interface StoredPrivateValue {
  /** Id of its event. */
  readonly id: string;
  readonly name: string;
  /** Canonical JSON. */
  readonly value: string | undefined;
  /** 32 bytes. */
  readonly salt: Uint8Array | undefined;
}

/** Who does it, and the id (UUID v7) of the event that says so. */
export interface OwnEvent {
  readonly actor: string;
  readonly id: string;
}

/**
 * What may be removed from a chain, each call in one transaction with the event that says so (docs/spec/reserved-events.md). The event waits to
 * be given its place by whoever appends to the chain.
 *
 * For logins that are members of `countersign_retention` (docs/operations/database-roles.md).
 */
export interface RetentionStore {
  /** The id of the event of a record that has or had a private value of this name; also when the record was pruned. */
  eventWithPrivateValue(seq: number, name: string): Promise<string | undefined>;
  /**
   * Erases a private value and its salt.
   *
   * @param of `event` the id of the event of record `seq`
   * @throws ChainError ERR_SEQ_UNKNOWN, ERR_PRIVATE_REDACTED, ERR_STORE
   */
  redact(of: OwnEvent & { readonly seq: number; readonly event: string; readonly name: string; readonly reason: string }): Promise<void>;
  /**
   * Removes the records before `end`, a multiple of 256: sealed to `target`, from before `olderThan` (RFC 3339 UTC with milliseconds).
   *
   * @returns the records that were removed; undefined when somebody else has removed them
   * @throws ChainError ERR_PRUNE_REFUSED, ERR_STORE
   */
  prune(
    of: OwnEvent & { readonly end: number; readonly target: string; readonly olderThan: string },
  ): Promise<{ readonly first: number; readonly last: number } | undefined>;
  /**
   * Removes notes of sizes under `below` that nothing relies on.
   *
   * @param of `keep` sizes to keep
   * @returns how many; without any there is no event
   * @throws ChainError ERR_PRUNE_REFUSED, ERR_STORE
   */
  thin(of: OwnEvent & { readonly below: number; readonly keep: readonly number[] }): Promise<number>;
  /** Stores private values, and marks of erased ones, that are not there; others stay as they are. @returns how many were new */
  restorePrivateValues(values: readonly StoredPrivateValue[]): Promise<number>;
  /** Every private value and every mark, by event and name. */
  privateValues(): AsyncIterable<StoredPrivateValue>;
}

const PAGE = 1000;

// Asked for pruned records only: a look at each private value costs less than an index that every append has to fill.
const EVENT_WITH_PRIVATE = `
select e.id from countersign.private_value p join countersign.event_id e on e.chain = p.chain and e.id = p.id
where p.chain = $1 and e.seq = $2 and p.name = $3`;
const REDACT = 'select countersign.redact($1, $2, $3, $4, $5, $6, $7)';
const PRUNE = 'select first, last from countersign.prune($1, $2, $3, $4, $5, $6)';
const THIN = 'select countersign.thin($1, $2, $3, $4, $5) as removed';
const RESTORE = 'select countersign.restore_private($1, $2) as restored';
const ALL_PRIVATE = `
select id, name, value, salt from countersign.private_value where chain = $1 and (id, name) > ($2, $3) order by id, name limit ${PAGE}`;

// The SQLSTATEs of the functions of migration 3.
const REFUSALS: Readonly<Record<string, readonly [ChainErrorCode, string]>> = {
  CS011: ['ERR_PRIVATE_REDACTED', 'the private value was erased already'],
  CS012: ['ERR_SEQ_UNKNOWN', 'the chain has no record of this number with this event'],
  CS013: ['ERR_PRUNE_REFUSED', 'the database keeps what is not sealed without a gap, not old enough, missing, or still needed'],
};

async function refusable<T>(field: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const refusal = REFUSALS[sqlState(cause)];
    if (refusal === undefined) throw cause;
    throw new ChainError(refusal[0], `${field}: ${refusal[1]}`, { field, cause });
  }
}

function storedPrivateValue(row: Row): StoredPrivateValue {
  const erased = row['value'] === null;
  return {
    id: String(row['id']),
    name: String(row['name']),
    value: erased ? undefined : String(row['value']),
    salt: erased ? undefined : bytes(row['salt']),
  };
}

/** Behind the SQL seam. */
export class SqlRetentionStore implements RetentionStore {
  readonly #queries: SqlQueries;
  readonly #id: number;

  constructor(queries: SqlQueries, id: number) {
    this.#queries = queries;
    this.#id = id;
  }

  async eventWithPrivateValue(seq: number, name: string): Promise<string | undefined> {
    const [row] = await this.#queries.query(EVENT_WITH_PRIVATE, [this.#id, seq, name]);
    return row && String(row['id']);
  }

  async redact(of: Parameters<RetentionStore['redact']>[0]): Promise<void> {
    await refusable(`private value ${of.name} of record ${of.seq}`, () =>
      this.#queries.query(REDACT, [this.#id, of.seq, of.event, of.name, of.reason, of.actor, of.id]),
    );
  }

  async prune(of: Parameters<RetentionStore['prune']>[0]): ReturnType<RetentionStore['prune']> {
    try {
      const work = () => this.#queries.query(PRUNE, [this.#id, of.end, of.target, of.olderThan, of.actor, of.id]);
      const [row] = await refusable(`records before ${of.end}`, work);
      return { first: Number(row!['first']), last: Number(row!['last']) };
    } catch (error) {
      if (sqlState(error) === 'CS014') return undefined;
      throw error;
    }
  }

  async thin(of: Parameters<RetentionStore['thin']>[0]): Promise<number> {
    const keep = of.keep.length === 0 ? null : of.keep.join('\n');
    const work = () => this.#queries.query(THIN, [this.#id, of.below, keep, of.actor, of.id]);
    const [row] = await refusable(`notes below ${of.below}`, work);
    return Number(row!['removed']);
  }

  async restorePrivateValues(values: readonly StoredPrivateValue[]): Promise<number> {
    const rows = values.map(({ id, name, value, salt }) => ({
      id,
      name,
      ...(salt === undefined ? {} : { value, salt: hexEncode(salt) }),
    }));
    const [row] = await this.#queries.query(RESTORE, [this.#id, JSON.stringify(rows)]);
    return Number(row!['restored']);
  }

  async *privateValues(): AsyncIterable<StoredPrivateValue> {
    let last = { id: '00000000-0000-0000-0000-000000000000', name: '' };
    for (;;) {
      const rows = await this.#queries.query(ALL_PRIVATE, [this.#id, last.id, last.name]);
      if (rows.length === 0) return;
      const values = rows.map(storedPrivateValue);
      yield* values;
      last = values.at(-1)!;
    }
  }
}

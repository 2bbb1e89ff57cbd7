import { type RecordEvent, parseRecord } from '@countersign/proof-core/record/parse';
import type { SqlQueries } from '../../store/sql.ts';
import type { ChainStore } from '../../store/store.ts';
import { type RedactedValue, ownPayload, readWaitingOwn } from '../../retention/waiting-own.ts';
import type { BesideRecords, IdRow, PrivateRow } from '../../verify/database/beside.ts';
import type { Finding } from '../../verify/finding.ts';

const TYPE = 'record.redacted';
const PAGE = 5000;
const MAY_READ = `select has_table_privilege('countersign.private_value', 'select') as may`;
// Ids of pruned records stay; nothing is left to compare them with.
const FROM = (chain: number): string => `(select coalesce(min(seq), 0) from countersign.record where chain = ${chain})`;

/**
 * What a database keeps beside the records of a chain, by cursors: memory is that of a page.
 *
 * @param queries one connection inside its transaction; or of a database that nobody else has open, where no transaction lasts for the whole run
 *   and cursors are `held` without one
 * @param chain number of the chain's row
 * @example await besideRecords(queries, 1, store)
 */
export async function besideRecords(queries: SqlQueries, chain: number, store: ChainStore, held = false): Promise<BesideRecords> {
  const [row] = await queries.query(MAY_READ);
  const ids = `select seq, id, encode(digest, 'hex') as digest from countersign.event_id
    where chain = ${chain} and seq >= ${FROM(chain)} order by seq`;
  const values = `select e.seq, p.name, p.value, encode(p.salt, 'hex') as salt
    from countersign.private_value p join countersign.event_id e on e.chain = p.chain and e.id = p.id
    where p.chain = ${chain} and e.seq >= ${FROM(chain)} order by e.seq, p.name`;
  return {
    ids: () =>
      fetchAll(queries, { of: 'ids', held }, ids, ({ seq, id, digest }): IdRow => ({
        seq: Number(seq),
        id: String(id),
        digest: String(digest),
      })),
    ...(row!['may'] === true ? { privateValues: () => fetchAll(queries, { of: 'private_values', held }, values, privateRow) } : {}),
    redactions: (report) => redactions(store, report),
  };
}

function privateRow({ seq, name, value, salt }: Readonly<Record<string, unknown>>): PrivateRow {
  const row = { seq: Number(seq), name: String(name) };
  return typeof value === 'string' && typeof salt === 'string' ? { ...row, value, salt } : row;
}

let cursors = 0;

async function* fetchAll<T>(
  queries: SqlQueries,
  { of, held }: { readonly of: string; readonly held: boolean },
  select: string,
  row: (row: Readonly<Record<string, unknown>>) => T,
): AsyncGenerator<T> {
  // A run that ends early leaves a held one open; another has another name.
  const name = `${of}_${++cursors}`;
  await queries.query(`declare ${name} no scroll cursor ${held ? 'with hold ' : ''}for ${select}`);
  try {
    for (;;) {
      const rows = await queries.query(`fetch ${PAGE} from ${name}`);
      for (const one of rows) yield row(one);
      if (rows.length < PAGE) return;
    }
  } finally {
    // The others end with their transaction.
    if (held) await queries.query(`close ${name}`);
  }
}

async function redactions(store: ChainStore, report: (finding: Finding) => void): Promise<ReadonlySet<string>> {
  const erased = new Set<string>();
  const add = (said: RedactedValue | undefined): void => void (said !== undefined && erased.add(`${said.seq} ${said.name}`));
  const end = (await store.checkpoint())?.size ?? 0;
  for (let from = 0; ;) {
    const found = await store.find({ filter: { type: TYPE }, from, to: end, limit: PAGE, newestFirst: false });
    // One that is no record of this is named by whoever reads all records.
    for (const { record } of found) add(ownPayload(TYPE, () => redactionOf(record)));
    if (found.length < PAGE) break;
    from = found.at(-1)!.seq + 1;
  }
  // What the transaction that erases leaves has its place a moment later.
  for (const said of await readWaitingOwn(store, TYPE, report)) add(said);
  return erased;
}

function redactionOf(record: Uint8Array): RecordEvent | undefined {
  const { event } = parseRecord(record);
  return event.type === TYPE ? event : undefined;
}

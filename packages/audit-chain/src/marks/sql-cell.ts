import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { readServer, requireDurableState } from '../store/server.ts';
import type { Row, SqlClient } from '../store/sql.ts';
import { type RememberingMark, cellMark, type MarkCell } from './cell.ts';
import { type MarkState, NO_STATE, formatMarkState, parseMarkState } from './state.ts';

const CREATE = `
create table if not exists countersign_mark (
  origin text primary key check (octet_length(origin) between 1 and 200),
  state text not null
)`;
const READ = 'select state from countersign_mark where origin = $1';
// The row has to be there before it can be locked: two writers of a new origin meet at the primary key.
const CLAIM = 'insert into countersign_mark (origin, state) values ($1, $2) on conflict do nothing';
const LOCK = 'select state from countersign_mark where origin = $1 for update';
const WRITE = 'update countersign_mark set state = $2 where origin = $1';

/**
 * High-water marks in a table of another database than the log's: a backup of the log that is put back must not take the mark with it.
 *
 * A step holds the lock of its row; the database has to be durable and is asked whether it is.
 *
 * @param client a login that may make the table `countersign_mark`, or finds it made and may select, insert and update
 * @throws ChainError ERR_NOT_DURABLE, ERR_STORE; later, from the mark: ERR_MARK_STORE, ERR_STORE
 * @example const mark = await openSqlMark(fromPool(new Pool({ connectionString: process.env.AUDIT_MARK })));
 */
export async function openSqlMark(client: SqlClient): Promise<RememberingMark> {
  requireDurableState(await readServer(client));
  const [there] = await client.query("select to_regclass('countersign_mark') is not null as there");
  if (there!['there'] !== true) await client.query(CREATE);
  return cellMark(sqlCell(client));
}

function sqlCell(client: SqlClient): MarkCell {
  const where = 'in table countersign_mark';
  const stateOf = (row: Row | undefined, origin: string): MarkState =>
    row === undefined ? NO_STATE : parseMarkState(utf8Encode(String(row['state'])), origin, where);
  const format = (origin: string, state: MarkState): string => utf8Decode(formatMarkState(origin, state));
  return {
    read: async (origin) => stateOf((await client.query(READ, [origin]))[0], origin),
    update: (origin, change) =>
      client.transaction(async (queries) => {
        await queries.query(CLAIM, [origin, format(origin, NO_STATE)]);
        const [row] = await queries.query(LOCK, [origin]);
        const next = change(stateOf(row, origin));
        if (next !== undefined) await queries.query(WRITE, [origin, format(origin, next)]);
      }),
  };
}

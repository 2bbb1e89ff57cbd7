import { parseChainId } from '@countersign/proof-core/record/chain-id';
import { ChainError } from '../errors.ts';
import { SqlChainStore } from './chain-store.ts';
import { migrate } from './migrate.ts';
import type { SqlClient } from './sql.ts';
import type { AuditStore } from './store.ts';
import { Waker } from './wake.ts';

/**
 * A store of chains in a PostgreSQL-speaking database, brought to the newest schema.
 *
 * @param options `migrate: false` leaves the schema as it is: for who only looks, or knows that it is the newest
 * @throws ChainError ERR_MIGRATION, ERR_STORE
 * @example const store = await openStore(await openPglite('log/db'));
 */
export async function openStore(client: SqlClient, options: { readonly migrate?: boolean } = {}): Promise<AuditStore> {
  await requireUtf8(client);
  if (options.migrate !== false) await migrate(client);
  const waker = new Waker(client);
  const onWaiting = waker.subscribe.bind(waker);
  return {
    async chains() {
      return (await client.query('select name from countersign.chain')).map((row) => String(row['name'])).sort();
    },
    async create(chain) {
      parseChainId(chain);
      const [row] = await client.query('insert into countersign.chain (name) values ($1) on conflict do nothing returning id', [chain]);
      if (row !== undefined) return new SqlChainStore(client, chain, Number(row['id']), onWaiting);
      throw new ChainError('ERR_CHAIN_EXISTS', `chain ${chain} is already there`, {
        field: 'chain',
        expected: 'a new chain',
        actual: chain,
      });
    },
    async open(chain) {
      const [row] = await client.query('select id from countersign.chain where name = $1', [chain]);
      if (row !== undefined) return new SqlChainStore(client, chain, Number(row['id']), onWaiting);
      throw new ChainError('ERR_CHAIN_UNKNOWN', `there is no chain ${chain}`, { field: 'chain', actual: chain });
    },
    async close() {
      await waker.close();
      await client.close();
    },
  };
}

/** Records are stored as text: in another encoding the stored bytes would not be the hashed ones. */
async function requireUtf8(client: SqlClient): Promise<void> {
  const [row] = await client.query('show server_encoding');
  const encoding = String(row?.['server_encoding']);
  if (encoding === 'UTF8') return;
  throw new ChainError('ERR_STORE', `the database has the encoding ${encoding}: expected UTF8`, {
    field: 'server_encoding',
    expected: 'UTF8',
    actual: encoding,
  });
}

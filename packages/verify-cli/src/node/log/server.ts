import { ChainError } from '@countersign/audit-chain/errors';
import { openPostgres, showUrl } from '@countersign/audit-chain/node/postgres/open';
import { pendingMigrations } from '@countersign/audit-chain/store/migrate';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import type { SqlClient } from '@countersign/audit-chain/store/sql';
import type { AuditStore, ChainStore } from '@countersign/audit-chain/store/store';
import { CliError } from '../errors.ts';

/** A database that holds a log, and the chain in it that was asked for. */
export interface OpenServer {
  readonly client: SqlClient;
  readonly database: AuditStore;
  readonly store: ChainStore;
  readonly close: () => Promise<void>;
}

/**
 * Opens a log in a PostgreSQL database as it is: what a command needs to change about it has commands of its own.
 *
 * @param chain needed where there are several
 * @throws ChainError ERR_STORE_URL, ERR_STORE, ERR_PACKAGE_MISSING, ERR_LOG_MISSING, ERR_MIGRATION, ERR_CHAIN_UNKNOWN; CliError ERR_CLI_OPTION
 * @example const { store, close } = await openServer('postgres://audit@db.example.com/log', undefined);
 */
export async function openServer(url: string, chain: string | undefined): Promise<OpenServer> {
  const client = await openPostgres(url);
  try {
    await requireSchema(client, showUrl(url));
    const database = await openStore(client, { migrate: false });
    const store = await database.open(chooseChain(await database.chains(), chain));
    return { client, database, store, close: () => database.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function requireSchema(client: SqlClient, where: string): Promise<void> {
  const pending = await pendingMigrations(client);
  if (pending === undefined) {
    throw new ChainError('ERR_LOG_MISSING', `${where} holds no log: audit-chain init makes one`, { field: 'log', actual: 'no schema' });
  }
  if (pending.length > 0) {
    throw new ChainError('ERR_MIGRATION', `${where} lacks migration ${pending.join(', ')}: audit-chain migrate`, {
      field: `migration ${pending[0]!}`,
      expected: 'applied',
      actual: 'missing',
    });
  }
}

/** The chain that was named, or the only one there is. */
export function chooseChain(chains: readonly string[], named: string | undefined): string {
  if (named !== undefined) return named;
  const [only, ...others] = chains;
  if (only !== undefined && others.length === 0) return only;
  const shown = chains.slice(0, 5).join(', ') + (chains.length > 5 ? ', …' : '');
  throw new CliError(
    'ERR_CLI_OPTION',
    `--chain: expected one of the ${chains.length} chains of the database${shown === '' ? '' : `: ${shown}`}`,
    '--chain',
  );
}

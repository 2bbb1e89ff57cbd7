import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ChainError } from '../../errors.ts';
import { openStore } from '../../store/sql-store.ts';
import type { SqlClient } from '../../store/sql.ts';
import type { AuditStore, ChainStore } from '../../store/store.ts';
import { openPglite } from '../pglite/open.ts';
import { type LogConfig, readLogConfig } from './config.ts';

/** An open log directory: its configuration and its one chain. */
export interface OpenLog {
  readonly config: LogConfig;
  readonly store: ChainStore;
  /** All chains of its database: more than one after a succession. */
  readonly database: AuditStore;
  /** The database itself. */
  readonly client: SqlClient;
  close(): Promise<void>;
}

/**
 * Opens a log directory for this process alone; appends nothing by itself.
 *
 * @throws ChainError ERR_LOG_MISSING, ERR_LOG_CONFIG, ERR_LOG_IN_USE, ERR_NOT_DURABLE, ERR_PACKAGE_MISSING, ERR_CHAIN_UNKNOWN, ERR_STORE
 * @example
 * const log = await openLogForReading('log');
 * for await (const lines of log.store.records(0, (await log.store.checkpoint())!.size)) …
 */
export async function openLogForReading(folder: string): Promise<OpenLog> {
  const config = await readLogConfig(folder);
  requireDatabase(join(folder, config.database));
  const client = await openPglite(join(folder, config.database));
  try {
    const database = await openStore(client);
    return { config, store: await database.open(config.chain), database, client, close: () => database.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Opening a folder that is not there would make an empty database in it. */
function requireDatabase(path: string): void {
  if (existsSync(join(path, 'PG_VERSION'))) return;
  throw new ChainError('ERR_LOG_MISSING', `${path} is not the database of a log: no PG_VERSION in it`, {
    field: 'database',
    expected: 'PG_VERSION',
    actual: 'nothing',
  });
}

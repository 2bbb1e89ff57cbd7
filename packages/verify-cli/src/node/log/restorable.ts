import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ChainError } from '@countersign/audit-chain/errors';
import { replaceFile } from '@countersign/audit-chain/node/file/replace';
import { CONFIG_FILE, formatLogConfig, readLogConfig } from '@countersign/audit-chain/node/log/config';
import { openPglite } from '@countersign/audit-chain/node/pglite/open';
import { isPostgresUrl, openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { pendingMigrations } from '@countersign/audit-chain/store/migrate';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import type { AuditStore, ChainStore } from '@countersign/audit-chain/store/store';
import { CliError } from '../errors.ts';
import { registeredConfig } from './init.ts';
import { type LogOptions, variable } from './options.ts';
import { type LogSettings, folderSettings, serverSettings } from './settings.ts';

/** A log that may not be there yet. */
export interface RestorableLog {
  /** The chain, if the log has it; nothing is made. */
  find(chain: string): Promise<ChainStore | undefined>;
  /** The chain, made with all that it needs. */
  make(chain: string): Promise<ChainStore>;
  /** What it is signed with; undefined of a folder that is not made yet. */
  settings(chain: string): Promise<LogSettings | undefined>;
  close(): Promise<void>;
}

/**
 * Opens a log to restore to: a folder that is new, empty or a log, or a database with or without the schema.
 *
 * @throws ChainError ERR_STORE_URL, ERR_STORE, ERR_LOG_EXISTS, ERR_LOG_IN_USE
 * @example const log = await openRestorable('postgres://audit@db.example.com/log', {});
 */
export async function openRestorable(log: string, options: LogOptions): Promise<RestorableLog> {
  return isPostgresUrl(log) ? await onServer(log, options) : await inFolder(resolve(log), options);
}

async function chainOf(database: AuditStore, chain: string, make: boolean): Promise<ChainStore | undefined> {
  if ((await database.chains()).includes(chain)) return await database.open(chain);
  return make ? await database.create(chain) : undefined;
}

async function onServer(url: string, options: LogOptions): Promise<RestorableLog> {
  const client = await openPostgres(url);
  let database: AuditStore | undefined;
  return {
    async find(chain) {
      if ((await pendingMigrations(client)) === undefined) return undefined;
      database ??= await openStore(client, { migrate: false });
      return await chainOf(database, chain, false);
    },
    async make(chain) {
      database = await openStore(client);
      return (await chainOf(database, chain, true))!;
    },
    settings: (chain) => Promise.resolve(serverSettings(chain, options)),
    close: () => database?.close() ?? client.close(),
  };
}

async function inFolder(folder: string, options: LogOptions): Promise<RestorableLog> {
  const isLog = (): boolean => existsSync(join(folder, CONFIG_FILE));
  if (!isLog()) await requireEmpty(folder);
  let database: AuditStore | undefined;
  const open = async (): Promise<AuditStore> => {
    const config = await readLogConfig(folder);
    return (database ??= await openStore(await openPglite(join(folder, config.database))));
  };
  return {
    async find(chain) {
      if (!isLog()) return undefined;
      const { database: path } = await readLogConfig(folder);
      return existsSync(join(folder, path, 'PG_VERSION')) ? await chainOf(await open(), chain, false) : undefined;
    },
    async make(chain) {
      if (!isLog()) await makeConfig(folder, chain, options);
      const config = await readLogConfig(folder);
      if (config.chain !== chain) throw new CliError('ERR_CLI_OPTION', `LOG: ${folder} is a log of the chain ${config.chain}`, 'LOG');
      return (await chainOf(await open(), chain, true))!;
    },
    settings: async () => (isLog() ? folderSettings(folder, await readLogConfig(folder), options) : undefined),
    close: async () => await database?.close(),
  };
}

/** What `makeConfig` leaves when it is killed, and the keys of the log, which are needed before it is there. */
const BEFORE_CONFIG = /^(?:keys|countersign\.json\.[0-9]+\.new)$/;

async function requireEmpty(folder: string): Promise<void> {
  if (!existsSync(folder) || (await readdir(folder)).every((name) => BEFORE_CONFIG.test(name))) return;
  throw new ChainError('ERR_LOG_EXISTS', `${folder}: expected an empty or new folder, or a log`, {
    field: 'log',
    expected: 'an empty or new folder, or a log',
    actual: 'other files',
  });
}

/** The configuration comes first: with it an interrupted restore is a log that is not whole yet. */
async function makeConfig(folder: string, chain: string, options: LogOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  const signer = options.signer ?? variable('AUDIT_SIGNER');
  const signers = options.signers ?? variable('AUDIT_SIGNERS');
  if (signer === undefined || signers === undefined)
    throw new CliError('ERR_CLI_SIGNER', 'a new folder needs to know its keys: --signer URI and --signers FILE', '--signer');
  const config = await registeredConfig(folder, chain, signer, signers);
  await replaceFile(join(folder, CONFIG_FILE), formatLogConfig(config), 0o644);
}

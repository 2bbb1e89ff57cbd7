import { join } from 'node:path';
import { ChainError } from '@countersign/audit-chain/errors';
import { openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import type { AuditStore, ChainStore } from '@countersign/audit-chain/store/store';
import { parseChainId } from '@countersign/proof-core/record/chain-id';
import { defaultChain, writeDevelopmentRegistry } from './development.ts';
import type { InitOptions } from './init.ts';
import { noSigner, openWith } from './open.ts';
import { serverSettings } from './settings.ts';
import { SIGNERS_FILE, keyFolder } from './signer-uri.ts';

/** What was made in a database. */
export interface ServerLog {
  readonly chain: string;
  /** Path of the registry. */
  readonly signers: string;
  /** Whether keys and registry were made for development. */
  readonly isDevelopment: boolean;
}

/**
 * Makes a log in a PostgreSQL database: schema, chain with its first record and checkpoint; and, where no registry is named, development keys
 * and their registry in the folder of the signer. A chain that an attempt before has left without a record is taken up.
 *
 * @throws ChainError ERR_CHAIN_EXISTS, ERR_MIGRATION_ROLES and what opening a chain throws; ProofError ERR_CHAIN_ID; CliError ERR_CLI_SIGNER
 * @example await initServerLog('postgres://audit@db.example.com/log', { chain: 'log.example.com/audit', signer: 'file:keys' });
 */
export async function initServerLog(url: string, options: InitOptions): Promise<ServerLog> {
  const chain = options.chain === undefined ? defaultChain(new URL(url).pathname.slice(1)) : parseChainId(options.chain, '--chain');
  const client = await openPostgres(url);
  try {
    const { signer, signers } = serverSettings(chain, options);
    if (signer === undefined) throw noSigner();
    const database = await openStore(client);
    const store = await createChain(database, chain);
    const isDevelopment = signers === undefined;
    if (isDevelopment) {
      const keys = keyFolder(signer.text, signer.base);
      await writeDevelopmentRegistry(keys, chain, join(keys.path, SIGNERS_FILE));
    }
    const settings = serverSettings(chain, options);
    await (await openWith({ store, close: () => database.close() }, settings)).close();
    return { chain, signers: settings.signers!, isDevelopment };
  } catch (error) {
    await client.close().catch(() => {});
    throw error;
  }
}

async function createChain(database: AuditStore, chain: string): Promise<ChainStore> {
  try {
    return await database.create(chain);
  } catch (error) {
    if (!(error instanceof ChainError) || error.code !== 'ERR_CHAIN_EXISTS') throw error;
    const store = await database.open(chain);
    if ((await store.checkpoint()) !== undefined) throw error;
    return store;
  }
}

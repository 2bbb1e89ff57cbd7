import { join } from 'node:path';
import { verifyHead } from '@countersign/audit-chain/doctor/head';
import { readLogConfig } from '@countersign/audit-chain/node/log/config';
import { openPglite } from '@countersign/audit-chain/node/pglite/open';
import { isPostgresUrl, openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { migrate as migrateDatabase, pendingMigrations } from '@countersign/audit-chain/store/migrate';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import type { SqlClient } from '@countersign/audit-chain/store/sql';
import { CliError } from '../../errors.ts';
import { openMark } from '../../log/mark-uri.ts';
import { readRegistry } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';
import { type LogSettings, folderSettings, serverSettings } from '../../log/settings.ts';

/** The flags as given. */
export interface MigrateFlags extends LogOptions {
  readonly requireVerifiedHead?: boolean;
}

/**
 * Runs `audit-chain migrate`: brings a database to the newest schema, with `--require-verified-head` only when the newest note of every chain
 * is verified and agrees with its high-water mark.
 *
 * @throws CliError ERR_CLI_SIGNER, ERR_CLI_MARK; ChainError as `migrate` and `verifyHead`
 */
export async function migrate(log: string, flags: MigrateFlags): Promise<void> {
  const { client, settings, chain } = await openUnmigrated(log, flags);
  try {
    const pending = await pendingMigrations(client);
    if (pending?.length === 0) {
      process.stdout.write('nothing to migrate: the database has the newest schema\n');
      return;
    }
    if (flags.requireVerifiedHead === true && pending !== undefined) await requireVerifiedHeads(client, settings, chain);
    const done = await migrateDatabase(client);
    process.stdout.write(`applied migration ${done.join(', ')}\n`);
  } finally {
    await client.close();
  }
}

/** A database as it lies, and the one chain that is meant; undefined for all of them. */
interface Unmigrated {
  readonly client: SqlClient;
  readonly settings: (chain: string) => LogSettings;
  readonly chain: string | undefined;
}

async function openUnmigrated(log: string, flags: MigrateFlags): Promise<Unmigrated> {
  if (isPostgresUrl(log)) return { client: await openPostgres(log), settings: (chain) => serverSettings(chain, flags), chain: flags.chain };
  const config = await readLogConfig(log);
  const settings = folderSettings(log, config, flags);
  return { client: await openPglite(join(log, config.database)), settings: () => settings, chain: config.chain };
}

async function requireVerifiedHeads(client: SqlClient, settings: Unmigrated['settings'], only: string | undefined): Promise<void> {
  const database = await openStore(client, { migrate: false });
  for (const chain of only === undefined ? await database.chains() : [only]) {
    const { signers, mark: uri } = settings(chain);
    if (signers === undefined)
      throw new CliError('ERR_CLI_SIGNER', 'signers: no registry was named: --signers FILE, or AUDIT_SIGNERS', 'signers');
    if (uri === undefined) throw new CliError('ERR_CLI_MARK', `mark: none was named for ${chain}: AUDIT_MARK`, 'mark');
    const { mark, close } = await openMark(uri, chain);
    try {
      const { signed } = await verifyHead(await database.open(chain), { resolver: await readRegistry(signers), mark });
      process.stdout.write(`verified ${chain} at size ${signed}\n`);
    } finally {
      await close();
    }
  }
}

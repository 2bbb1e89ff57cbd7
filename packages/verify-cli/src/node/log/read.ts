import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { isPostgresUrl } from '@countersign/audit-chain/node/postgres/open';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import type { LogOptions } from './options.ts';
import { openServer } from './server.ts';
import { type LogSettings, folderSettings, serverSettings } from './settings.ts';

/** A log opened for reading; nothing of what it is signed with is opened. */
export interface ReadableLog {
  readonly store: ChainStore;
  readonly settings: LogSettings;
  readonly close: () => Promise<void>;
}

/**
 * Opens a log directory or a log in a database for reading.
 *
 * @throws ChainError as `openLogForReading` and `openServer`; CliError ERR_CLI_OPTION
 * @example const { store, close } = await openReadable('log', {});
 */
export async function openReadable(log: string, options: LogOptions): Promise<ReadableLog> {
  if (isPostgresUrl(log)) {
    const { store, close } = await openServer(log, options.chain);
    return { store, settings: serverSettings(store.chain, options), close };
  }
  const opened = await openLogForReading(log);
  try {
    const { config, store } = opened;
    return { store, settings: folderSettings(log, config, options), close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

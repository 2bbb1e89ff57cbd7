import { readFile } from 'node:fs/promises';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import type { HighWaterMark, Signer } from '@countersign/proof-core/ports';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { CliError } from '../errors.ts';
import { VERSION } from '../version.ts';
import { noSigner, readRegistry } from './open.ts';
import type { LogOptions } from './options.ts';
import { openReadable } from './read.ts';
import { openLogSigners } from './signers.ts';

/** A log opened to export from it: nothing is appended and no checkpoint is signed. */
export interface ExportingLog {
  readonly store: ChainStore;
  /** Registered for `segment`. */
  readonly signers: readonly Signer[];
  readonly registry: Registry;
  /** The registry's file. */
  readonly registryBytes: Uint8Array;
  readonly exporter: { readonly env: string; readonly pii_policy_version: string; readonly service: string; readonly version: string };
  readonly close: () => Promise<void>;
}

/** Nobody signs a checkpoint here: a mark that is asked for says that somebody tries. */
const NO_MARK: HighWaterMark = {
  read: () => Promise.resolve(undefined),
  reserve: () => Promise.reject(new Error('an export signs no checkpoint')),
};

/**
 * Opens a log for exporting.
 *
 * @throws CliError ERR_CLI_SIGNER, ERR_CLI_FILE; ChainError as `openReadable`; RegistryError
 * @example const { store, signers, close } = await openExporting('log', {});
 */
export async function openExporting(log: string, options: LogOptions): Promise<ExportingLog> {
  const { store, settings, close } = await openReadable(log, options);
  try {
    const { signer, signers: path } = settings;
    if (signer === undefined) throw noSigner();
    if (path === undefined)
      throw new CliError('ERR_CLI_SIGNER', 'signers: no registry was named: --signers FILE, or AUDIT_SIGNERS', 'signers');
    const registry = await readRegistry(path);
    const signers = await openLogSigners(signer.text, signer.base, registry, NO_MARK);
    const closeAll = async (): Promise<void> => {
      await signers.close();
      await close();
    };
    if (signers.segment.length === 0) {
      await signers.close();
      throw new CliError('ERR_CLI_SIGNER', 'signer: none of them is registered for segments, which exports are signed as', 'signer');
    }
    return {
      store,
      signers: signers.segment,
      registry,
      registryBytes: await readFile(path),
      exporter: { env: process.env['AUDIT_ENV'] ?? 'dev', pii_policy_version: '1', service: 'countersign', version: VERSION },
      close: closeAll,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

import { Chain } from '@countersign/audit-chain/append/chain';
import type { LogConfig } from '@countersign/audit-chain/node/log/config';
import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { isPostgresUrl } from '@countersign/audit-chain/node/postgres/open';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import type { HighWaterMark, Signer } from '@countersign/proof-core/ports';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { readNamed } from '../command/named-file.ts';
import { CliError } from '../errors.ts';
import { openMark, withoutMark } from './mark-uri.ts';
import { type LogOptions, variable } from './options.ts';
import { openServer } from './server.ts';
import { type LogSettings, folderSettings, serverSettings } from './settings.ts';
import { type LogSigners, openLogSigners } from './signers.ts';

/** A log directory opened for appending and sealing. */
export interface WritableLog {
  readonly chain: Chain;
  readonly store: ChainStore;
  /** Sign its checkpoints. */
  readonly signers: readonly Signer[];
  /** Sign the manifests of its segments. */
  readonly segmentSigners: readonly Signer[];
  readonly registry: Registry;
  /** The file that it was read from. */
  readonly registryPath: string;
  /** The high-water mark that counts. */
  readonly mark: HighWaterMark;
  close(): Promise<void>;
}

/**
 * Reads and checks a signer registry file.
 *
 * @throws CliError ERR_CLI_FILE; RegistryError and ProofError for what is in it
 */
export async function readRegistry(path: string): Promise<Registry> {
  return await parseRegistry(await readNamed(path, 'signers'));
}

/** Opens the chain of an open log directory; options and the environment may name other signers than its configuration. */
export async function openChain(
  log: {
    readonly folder: string;
    readonly config: LogConfig;
    readonly store: ChainStore;
    close(): Promise<void>;
  },
  options: LogOptions = {},
): Promise<WritableLog> {
  try {
    return await openWith(log, folderSettings(log.folder, log.config, options));
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** No signer was named. */
export function noSigner(): CliError {
  return new CliError('ERR_CLI_SIGNER', 'signer: none was named: --signer file:DIR, or AUDIT_SIGNER', 'signer');
}

/** No registry was named. */
export function noRegistry(): CliError {
  return new CliError('ERR_CLI_SIGNER', 'signers: no registry was named: --signers FILE, or AUDIT_SIGNERS', 'signers');
}

/**
 * Opens the chain of a store with what its settings name; the caller closes the store when that fails.
 *
 * @throws ChainError, RegistryError, ProofError, CliError as its parts do
 */
export async function openWith(log: { readonly store: ChainStore; close(): Promise<void> }, settings: LogSettings): Promise<WritableLog> {
  const { signer, signers, mark } = settings;
  if (signer === undefined) throw noSigner();
  if (signers === undefined) throw noRegistry();
  const registry = await readRegistry(signers);
  const opened = mark === undefined ? withoutMark(signer.text) : await openMark(mark, settings.chain);
  try {
    const own = await openLogSigners(signer.text, signer.base, registry, opened.mark);
    const close = async (): Promise<void> => {
      await opened.close();
      await log.close();
    };
    return { ...(await withSigners({ store: log.store, close }, own, registry)), registryPath: signers };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function withSigners(
  log: { readonly store: ChainStore; close(): Promise<void> },
  signers: LogSigners,
  registry: Registry,
): Promise<Omit<WritableLog, 'registryPath'>> {
  try {
    const { checkpoint, segment } = signers;
    const witnesses = variable('AUDIT_WITNESSES');
    const mark =
      witnesses === undefined
        ? signers.mark
        : await (await import('./witnessed.ts')).raisedByWitnesses(signers.mark, { store: log.store, resolver: registry }, witnesses);
    const chain = await Chain.open({ store: log.store, signers: checkpoint, resolver: registry, mark, clock: Date });
    return {
      chain,
      store: log.store,
      signers: checkpoint,
      segmentSigners: segment,
      registry,
      mark,
      async close() {
        await chain.close();
        await signers.close();
        await log.close();
      },
    };
  } catch (error) {
    await signers.close();
    throw error;
  }
}

/**
 * Opens a log directory, or a log in a database, for appending.
 *
 * @throws ChainError, RegistryError, ProofError, CliError as its parts do
 * @example const log = await openLog('log');
 */
export async function openLog(log: string, options: LogOptions = {}): Promise<WritableLog> {
  if (!isPostgresUrl(log)) return await openChain({ folder: log, ...(await openLogForReading(log)) }, options);
  const opened = await openServer(log, options.chain);
  try {
    return await openWith(opened, serverSettings(opened.store.chain, options));
  } catch (error) {
    await opened.close();
    throw error;
  }
}

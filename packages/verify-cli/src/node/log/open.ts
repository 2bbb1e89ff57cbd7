import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Chain } from '@countersign/audit-chain/append/chain';
import { markFile } from '@countersign/audit-chain/node/log/mark-file';
import type { LogConfig } from '@countersign/audit-chain/node/log/config';
import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import type { Signer } from '@countersign/proof-core/ports';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { CliError } from '../errors.ts';
import { type LogSigners, openLogSigners } from './signers.ts';
import { markBeside } from './signer-uri.ts';

/** A log directory opened for appending and sealing. */
export interface WritableLog {
  readonly chain: Chain;
  readonly store: ChainStore;
  /** Sign its checkpoints. */
  readonly signers: readonly Signer[];
  /** Sign the manifests of its segments. */
  readonly segmentSigners: readonly Signer[];
  readonly registry: Registry;
  close(): Promise<void>;
}

/**
 * Reads and checks a signer registry file.
 *
 * @throws CliError ERR_CLI_FILE; RegistryError and ProofError for what is in it
 */
export async function readRegistry(path: string): Promise<Registry> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new CliError('ERR_CLI_FILE', `signers: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, 'signers', cause);
  }
  return await parseRegistry(bytes);
}

/** Opens the chain of an open log with the signer and the registry of its configuration; the environment may name others. */
export async function openChain(log: {
  readonly folder: string;
  readonly config: LogConfig;
  readonly store: ChainStore;
  close(): Promise<void>;
}): Promise<WritableLog> {
  const { folder, config } = log;
  try {
    const { AUDIT_SIGNER, AUDIT_SIGNERS } = process.env;
    const registry = await readRegistry(AUDIT_SIGNERS ?? resolve(folder, config.signers));
    // A key that is named from outside may have its mark beside it; else the log's own counts.
    const beside = AUDIT_SIGNER === undefined ? undefined : markBeside(AUDIT_SIGNER, process.cwd(), config.chain);
    const own = markFile(beside !== undefined && existsSync(beside) ? beside : resolve(folder, config.mark));
    const signers = await openLogSigners(AUDIT_SIGNER ?? config.signer, AUDIT_SIGNER === undefined ? folder : process.cwd(), registry, own);
    return await withSigners(log, signers, registry);
  } catch (error) {
    await log.close();
    throw error;
  }
}

async function withSigners(
  log: { readonly store: ChainStore; close(): Promise<void> },
  signers: LogSigners,
  registry: Registry,
): Promise<WritableLog> {
  try {
    const { checkpoint, segment, mark } = signers;
    const chain = await Chain.open({ store: log.store, signers: checkpoint, resolver: registry, mark, clock: Date });
    return {
      chain,
      store: log.store,
      signers: checkpoint,
      segmentSigners: segment,
      registry,
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
 * Opens a log directory for appending.
 *
 * @throws ChainError, RegistryError, ProofError, CliError as its parts do
 * @example const log = await openLog('log');
 */
export async function openLog(folder: string): Promise<WritableLog> {
  return await openChain({ folder, ...(await openLogForReading(folder)) });
}

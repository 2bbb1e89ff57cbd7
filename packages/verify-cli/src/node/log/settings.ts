import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LogConfig } from '@countersign/audit-chain/node/log/config';
import { CliError } from '../errors.ts';
import { type LogOptions, variable } from './options.ts';
import { SIGNERS_FILE, keyFolder, markBeside } from './signer-uri.ts';

/** Where the parts of an open log are. */
export interface LogSettings {
  readonly chain: string;
  /** Signer URIs, and what relative paths in them are relative to. */
  readonly signer: { readonly text: string; readonly base: string } | undefined;
  /** Path of the signer registry. */
  readonly signers: string | undefined;
  /** Mark URI. */
  readonly mark: string | undefined;
}

/** The signer that an option or AUDIT_SIGNER names. */
function namedSigner(options: LogOptions): LogSettings['signer'] {
  const text = options.signer ?? variable('AUDIT_SIGNER');
  return text === undefined ? undefined : { text, base: process.cwd() };
}

function fileUri(path: string | undefined): string | undefined {
  return path === undefined ? undefined : `file:${path}`;
}

/**
 * The settings of a log directory: options, then the environment, then its configuration.
 *
 * @throws CliError ERR_CLI_OPTION when `--chain` names another chain than the log has
 */
export function folderSettings(folder: string, config: LogConfig, options: LogOptions): LogSettings {
  if (options.chain !== undefined && options.chain !== config.chain)
    throw new CliError('ERR_CLI_OPTION', `--chain: the log has the chain ${config.chain}`, '--chain');
  const named = namedSigner(options);
  // A key that is named from outside may have its mark beside it; else the log's own counts.
  const beside = named === undefined ? undefined : markBeside(named.text, named.base, config.chain);
  return {
    chain: config.chain,
    signer: named ?? { text: config.signer, base: folder },
    signers: options.signers ?? variable('AUDIT_SIGNERS') ?? resolve(folder, config.signers),
    mark: variable('AUDIT_MARK') ?? fileUri(beside !== undefined && existsSync(beside) ? beside : resolve(folder, config.mark)),
  };
}

/** The settings of a log in a database: options, then the environment; registry and mark lie beside a key that is a file. */
export function serverSettings(chain: string, options: LogOptions): LogSettings {
  const signer = namedSigner(options);
  const beside = signer?.text.startsWith('file:') === true ? join(keyFolder(signer.text, signer.base).path, SIGNERS_FILE) : undefined;
  return {
    chain,
    signer,
    signers: options.signers ?? variable('AUDIT_SIGNERS') ?? (beside !== undefined && existsSync(beside) ? beside : undefined),
    mark: variable('AUDIT_MARK') ?? fileUri(signer && markBeside(signer.text, signer.base, chain)),
  };
}

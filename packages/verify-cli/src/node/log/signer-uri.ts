import { join, resolve } from 'node:path';
import { CliError } from '../errors.ts';

/** The files of a key folder: development keys and, beside them, the high-water marks of what they signed. */
export interface KeyFolder {
  readonly path: string;
  readonly logKey: string;
  readonly rootKey: string;
  mark(chain: string): string;
}

/**
 * Finds the key folder that a signer URI names.
 *
 * @param uri `file:DIR`
 * @param base what a relative DIR is relative to
 * @throws CliError ERR_CLI_SIGNER for another kind of URI
 * @example keyFolder('file:keys', 'log').logKey // '…/log/keys/dev.pem'
 */
export function keyFolder(uri: string, base: string): KeyFolder {
  if (!uri.startsWith('file:') || uri.length === 'file:'.length) {
    throw new CliError('ERR_CLI_SIGNER', `signer: expected file:DIR, got ${uri.split(':')[0]}:…`, 'signer');
  }
  const path = resolve(base, uri.slice('file:'.length));
  return {
    path,
    logKey: join(path, 'dev.pem'),
    rootKey: join(path, 'dev-root.pem'),
    // A chain id has no '+', so two chains never share a file.
    mark: (chain) => join(path, `high-water.${chain.replaceAll('/', '+')}.json`),
  };
}

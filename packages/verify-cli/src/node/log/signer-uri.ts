import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { splitSignerUris } from '../signer/environment.ts';

/** The signer registry of a log. */
export const SIGNERS_FILE = 'signers.json';

/** The development key of a log in its key folder. */
export const KEY_FILE = 'dev.pem';

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
    logKey: join(path, KEY_FILE),
    rootKey: join(path, 'dev-root.pem'),
    mark: (chain) => markPath(path, chain),
  };
}

/** Where the high-water mark of a chain lies in a folder: a chain id has no '+', so two chains never share a file. */
export function markPath(folder: string, chain: string): string {
  return join(folder, `high-water.${chain.replaceAll('/', '+')}.json`);
}

/**
 * Finds the high-water mark that belongs to signer URIs given outside a log's configuration: beside the first key that is a file.
 *
 * @param text one URI or several joined by commas
 * @returns undefined where no key is a file
 */
export function markBeside(text: string, base: string, chain: string): string | undefined {
  const uri = splitSignerUris(text).find((one) => one.startsWith('file:'));
  if (uri === undefined) return undefined;
  const path = resolve(base, uri.slice('file:'.length));
  return markPath(statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : dirname(path), chain);
}

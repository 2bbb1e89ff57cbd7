import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import { isChainId } from '@countersign/proof-core/record/chain-id';
import { ChainError } from '../../errors.ts';

/** What a log directory is made of (docs/spec/log-directory.md). Paths are relative to the directory. */
export interface LogConfig {
  readonly chain: string;
  /** Folder of the embedded database. */
  readonly database: string;
  /** File of the high-water mark. */
  readonly mark: string;
  /** Signer URI: `file:keys/dev.pem`. */
  readonly signer: string;
  /** File of the signer registry. */
  readonly signers: string;
}

/** The file that makes a folder a log. */
export const CONFIG_FILE = 'countersign.json';
const FORMAT = 'countersign/log@1';
const MEMBERS = ['chain', 'database', 'mark', 'signer', 'signers'] as const;

/** Writes the configuration file's content: canonical JSON and LF. */
export function formatLogConfig(config: LogConfig): string {
  return `${utf8Decode(defaultEngine.canonicalize({ ...config, format: FORMAT }))}\n`;
}

/**
 * Reads the configuration of a log directory.
 *
 * @throws ChainError ERR_LOG_MISSING when the folder is not a log, ERR_LOG_CONFIG
 * @example const { chain } = await readLogConfig('log');
 */
export async function readLogConfig(folder: string): Promise<LogConfig> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(folder, CONFIG_FILE));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ChainError('ERR_LOG_MISSING', `${folder} is not a log: no ${CONFIG_FILE} in it`, {
      field: 'log',
      expected: CONFIG_FILE,
      actual: code ?? 'an error',
      cause,
    });
  }
  return parseLogConfig(bytes);
}

function parseLogConfig(bytes: Uint8Array): LogConfig {
  const members = parseObject(bytes);
  const refuse = (field: string, expected: string): never => {
    throw new ChainError('ERR_LOG_CONFIG', `${CONFIG_FILE}: ${field}: expected ${expected}`, { field, expected });
  };
  if (members['format'] !== FORMAT) refuse('format', FORMAT);
  for (const name of MEMBERS) if (typeof members[name] !== 'string' || members[name] === '') refuse(name, 'a text');
  for (const name of Object.keys(members)) if (name !== 'format' && !MEMBERS.includes(name as never)) refuse(name, 'no such member');
  if (!isChainId(members['chain'] as string)) refuse('chain', 'a chain id');
  const { format: _, ...config } = members;
  return config as unknown as LogConfig;
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value = parseJson(bytes, CONFIG_FILE);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw new ChainError('ERR_LOG_CONFIG', `${CONFIG_FILE}: expected a JSON object`, {
      field: CONFIG_FILE,
      expected: 'a JSON object',
      cause,
    });
  }
  throw new ChainError('ERR_LOG_CONFIG', `${CONFIG_FILE}: expected a JSON object`, { field: CONFIG_FILE, expected: 'a JSON object' });
}

import { existsSync, statSync } from 'node:fs';
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ChainError } from '@countersign/audit-chain/errors';
import { CONFIG_FILE, type LogConfig, formatLogConfig } from '@countersign/audit-chain/node/log/config';
import { flushFolder, writeFlushed } from '@countersign/audit-chain/node/file/replace';
import { openPglite } from '@countersign/audit-chain/node/pglite/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { parseChainId } from '@countersign/proof-core/record/chain-id';
import { CliError } from '../errors.ts';
import { defaultChain, makeFolder, writeDevelopmentRegistry } from './development.ts';
import { openChain } from './open.ts';
import { splitSignerUris } from '../signer/environment.ts';
import { SIGNERS_FILE, keyFolder, markBeside } from './signer-uri.ts';

/** Where a log is built that goes into a folder that is there: on its file system, which may be another than that of its parent. */
const BUILDING = '.countersign-new';

/** @returns whether the folder is there already, empty */
async function requireFree(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  const there = statSync(folder).isDirectory() ? await readdir(folder) : undefined;
  if (there !== undefined && there.every((name) => name === BUILDING)) return true;
  const actual =
    there === undefined ? 'a file' : there.includes(CONFIG_FILE) ? 'a log' : `${there.length} ${there.length === 1 ? 'file' : 'files'}`;
  throw new ChainError('ERR_LOG_EXISTS', `${folder}: expected an empty or new folder, got ${actual}`, {
    field: 'log',
    expected: 'an empty or new folder',
    actual,
  });
}

/** What a new log is made with. */
export interface InitOptions {
  readonly chain?: string;
  /** `file:DIR` for development keys outside the log; with `signers`, the URIs of registered keys. */
  readonly signer?: string;
  /** The registry that has those keys; without it a development registry is made. */
  readonly signers?: string;
}

/**
 * Makes a log directory: database, development keys, registry, configuration, and the chain with its first record and checkpoint.
 *
 * The folder appears complete or not at all.
 *
 * @param options see `InitOptions`
 * @returns the chain id
 * @throws ChainError ERR_LOG_EXISTS and what opening a chain throws; ProofError ERR_CHAIN_ID; CliError ERR_CLI_SIGNER
 * @example await initLog('log', {});
 */
export async function initLog(folder: string, options: InitOptions): Promise<string> {
  const target = resolve(folder);
  const isThere = await requireFree(target);
  const chain = options.chain === undefined ? defaultChain(basename(target)) : parseChainId(options.chain, '--chain');
  const building = isThere ? join(target, BUILDING) : join(dirname(target), `.${basename(target)}.${process.pid}.new`);
  // What an attempt that was killed has left; where it cannot be removed, the next line says why.
  await rm(building, { recursive: true, force: true }).catch(() => {});
  await makeFolder(building, 0o755);
  try {
    if (options.signers !== undefined) await writeRegisteredLog(building, chain, options.signer, options.signers);
    else await writeDevelopmentLog(building, chain, options.signer);
    if (isThere) await moveInto(building, target);
    else await rename(building, target);
    await flushFolder(isThere ? target : dirname(target));
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
  return chain;
}

/** Replacing an empty folder would pull it away from a shell that stands in it. The configuration, which makes it a log, comes last. */
async function moveInto(building: string, target: string): Promise<void> {
  const moved: string[] = [];
  try {
    for (const name of (await readdir(building)).sort((a, b) => Number(a === CONFIG_FILE) - Number(b === CONFIG_FILE))) {
      await rename(join(building, name), join(target, name));
      moved.push(name);
    }
    await rmdir(building);
  } catch (error) {
    for (const name of moved) await rm(join(target, name), { recursive: true, force: true });
    throw error;
  }
}

/** A log for development: keys and registry are made with it. */
async function writeDevelopmentLog(building: string, chain: string, signer: string | undefined): Promise<void> {
  const outside = signer === undefined ? undefined : keyFolder(signer, process.cwd());
  const keys = outside ?? keyFolder('file:keys', building);
  await writeDevelopmentRegistry(keys, chain, join(building, SIGNERS_FILE));
  const mark = keys.mark(chain);
  await writeLog(building, {
    chain,
    database: 'db',
    mark: outside === undefined ? relative(building, mark) : mark,
    signer: outside === undefined ? `file:${relative(building, keys.path)}` : `file:${keys.path}`,
    signers: SIGNERS_FILE,
  });
}

/** A log whose keys a registry has already: nothing is made but the log. */
async function writeRegisteredLog(building: string, chain: string, signer: string | undefined, signers: string): Promise<void> {
  await writeLog(building, await registeredConfig(building, chain, signer, signers));
}

/**
 * The configuration of a log in a folder whose keys a registry has already; makes the folder of its mark, where no key is a file.
 *
 * @param signer the URIs of registered keys
 * @param signers path of the registry
 * @throws CliError ERR_CLI_SIGNER
 */
export async function registeredConfig(folder: string, chain: string, signer: string | undefined, signers: string): Promise<LogConfig> {
  if (signer === undefined) throw new CliError('ERR_CLI_SIGNER', '--signers: goes with --signer URI', '--signer');
  const uris = splitSignerUris(signer).map((uri) => (uri.startsWith('file:') ? `file:${resolve(uri.slice('file:'.length))}` : uri));
  const beside = markBeside(signer, process.cwd(), chain);
  if (beside === undefined) await makeFolder(join(folder, 'keys'), 0o700);
  const mark = beside ?? relative(folder, keyFolder('file:keys', folder).mark(chain));
  return { chain, database: 'db', mark, signer: uris.join(','), signers: resolve(signers) };
}

async function writeLog(building: string, config: LogConfig): Promise<void> {
  await writeFlushed(join(building, CONFIG_FILE), formatLogConfig(config), 0o644, 'wx');
  const database = await openStore(await openPglite(join(building, config.database)));
  const store = await database.create(config.chain);
  const opened = await openChain({ folder: building, config, store, close: () => database.close() });
  await opened.close();
}

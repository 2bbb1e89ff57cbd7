import { join, relative, resolve } from 'node:path';
import { replaceFile } from '@countersign/audit-chain/node/file/replace';
import { CONFIG_FILE, formatLogConfig } from '@countersign/audit-chain/node/log/config';
import { markFile } from '@countersign/audit-chain/node/log/mark-file';
import { type OpenLog, openLogForReading } from '@countersign/audit-chain/node/log/open';
import { requireStopped, succeedChain } from '@countersign/audit-chain/succeed/succeed';
import { parseChainId } from '@countersign/proof-core/record/chain-id';
import { readRegistry } from '../../log/open.ts';
import { successorKeys } from './keys.ts';

interface Options {
  readonly chain: string;
  readonly reason: string;
}

/**
 * Runs `audit-chain succeed`: a new chain in place of one that cannot go on, and the log directory continues with it.
 *
 * @throws CliError ERR_CLI_SIGNER; ChainError as `succeedChain`; ProofError ERR_CHAIN_ID
 */
export async function succeed(folder: string, options: Options): Promise<void> {
  const successor = parseChainId(options.chain, '--chain');
  const opened = await openLogForReading(folder);
  try {
    await succeedIn(folder, opened, successor, options.reason);
  } finally {
    await opened.close();
  }
}

async function succeedIn(folder: string, { config, store, database }: OpenLog, successor: string, reason: string): Promise<void> {
  const mark = markFile(resolve(folder, config.mark));
  // Before anything is made: a chain that can go on gets no successor, and no key for one.
  await requireStopped(store, { mark, resolver: await readRegistry(process.env['AUDIT_SIGNERS'] ?? resolve(folder, config.signers)) });
  const { signer, registry, keys, uri } = await successorKeys(folder, config, successor, Date.now());
  const markPath = keys.mark(successor);
  const parts = { signers: [signer], resolver: registry, mark: markFile(markPath), clock: Date };
  const chain = await succeedChain({ database, chain: config.chain, mark, reason, successor, parts });
  await chain.close();
  const inside = keys.path.startsWith(resolve(folder));
  const next = { ...config, chain: successor, signer: uri, mark: inside ? relative(resolve(folder), markPath) : markPath };
  await replaceFile(join(folder, CONFIG_FILE), formatLogConfig(next), 0o644);
  process.stdout.write(`${successor} succeeds ${config.chain}, which is never signed again
The log ${folder} continues with the new chain; auditors need its signers.json again.
`);
}

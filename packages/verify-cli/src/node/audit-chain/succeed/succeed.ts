import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { replaceFile } from '@countersign/audit-chain/node/file/replace';
import { CONFIG_FILE, type LogConfig, formatLogConfig } from '@countersign/audit-chain/node/log/config';
import { markFile } from '@countersign/audit-chain/node/log/mark-file';
import { type OpenLog, openLogForReading } from '@countersign/audit-chain/node/log/open';
import { isPostgresUrl } from '@countersign/audit-chain/node/postgres/open';
import { requireStopped, succeedChain } from '@countersign/audit-chain/succeed/succeed';
import { parseChainId } from '@countersign/proof-core/record/chain-id';
import { CliError } from '../../errors.ts';
import { readRegistry } from '../../log/open.ts';
import { keyFolder, markBeside } from '../../log/signer-uri.ts';
import { openLogSigners } from '../../log/signers.ts';
import { developmentSuccessor, maySign } from './keys.ts';

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
  if (isPostgresUrl(folder)) throw new CliError('ERR_CLI_OPTION', 'succeed: expected a log in a folder; services call succeedChain', 'LOG');
  const opened = await openLogForReading(folder);
  try {
    await succeedIn(folder, opened, successor, options.reason);
  } finally {
    await opened.close();
  }
  process.stdout.write(`${successor} succeeds ${opened.config.chain}, which is never signed again
The log ${folder} continues with the new chain; auditors need its signers.json again.
`);
}

async function succeedIn(folder: string, { config, store, database }: OpenLog, successor: string, reason: string): Promise<void> {
  const { AUDIT_SIGNER, AUDIT_SIGNERS } = process.env;
  const base = AUDIT_SIGNER === undefined ? folder : process.cwd();
  const registry = await readRegistry(AUDIT_SIGNERS ?? resolve(folder, config.signers));
  const markPath = markOf(folder, config);
  const old = await openLogSigners(AUDIT_SIGNER ?? config.signer, base, registry, markFile(markPath));
  try {
    // Before anything is made: a chain that can go on gets no successor, and no key for one.
    await requireStopped(store, { mark: old.mark, resolver: registry });
    const own = old.checkpoint.some((signer) => maySign(registry, signer, successor));
    const next = own ? { uri: config.signer, registry } : await developmentSuccessor(folder, config, registry, successor);
    const keys = own ? keyFolder(`file:${dirname(markPath)}`, folder) : keyFolder(next.uri, folder);
    const signers = await openLogSigners(own ? (AUDIT_SIGNER ?? next.uri) : next.uri, base, next.registry, markFile(keys.mark(successor)));
    try {
      const mine = signers.checkpoint.filter((signer) => maySign(next.registry, signer, successor));
      const parts = { signers: mine, resolver: next.registry, mark: signers.mark, clock: Date };
      await (await succeedChain({ database, chain: config.chain, mark: old.mark, reason, successor, parts })).close();
    } finally {
      await signers.close();
    }
    const mark = relative(resolve(folder), keys.mark(successor));
    const renewed = { ...config, chain: successor, signer: next.uri, mark: mark.startsWith('..') ? keys.mark(successor) : mark };
    await replaceFile(join(folder, CONFIG_FILE), formatLogConfig(renewed), 0o644);
  } finally {
    await old.close();
  }
}

/** The high-water mark that counts for the log: beside a key that is named from outside, where there is one. */
function markOf(folder: string, config: LogConfig): string {
  const { AUDIT_SIGNER } = process.env;
  const beside = AUDIT_SIGNER === undefined ? undefined : markBeside(AUDIT_SIGNER, process.cwd(), config.chain);
  return beside !== undefined && existsSync(beside) ? beside : resolve(folder, config.mark);
}

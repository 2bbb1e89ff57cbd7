import { statSync } from 'node:fs';
import type { Pin, VerifyOptions } from '@countersign/audit-chain/verify/context';
import type { Report } from '@countersign/audit-chain/verify/report';
import { CliError } from '../errors.ts';
import type { SourceFlags } from './options.ts';
import { readPin } from './trust.ts';

/**
 * Reads what `--predecessor` names: a checkpoint or a saved report, or the source that the old chain is in, which is then verified for its newest
 * checkpoint.
 *
 * @param path the source of the chain that succeeds it; its record 0 says which chain is meant
 * @param inspect verifies what a path names
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE; ChainError ERR_VERIFY_OPTIONS
 */
export async function readPredecessor(
  path: string,
  flags: SourceFlags,
  given: VerifyOptions,
  inspect: (path: string, options: VerifyOptions) => Promise<Report>,
): Promise<Pin | undefined> {
  const { predecessor: old } = flags;
  if (old === undefined) return undefined;
  const isUrl = /^[a-z0-9]+:\/\//.test(old);
  if (!isUrl && statSync(old, { throwIfNoEntry: false })?.isDirectory() !== true) return await readPin(old, '--predecessor');
  if (isUrl && flags.offline === true) throw new CliError('ERR_CLI_OPTION', '--offline: that --predecessor needs the network', '--offline');
  if (path === '-') throw new CliError('ERR_CLI_OPTION', '--predecessor: with - expected a checkpoint or a saved report', '--predecessor');
  const { resolver, chain } = given;
  const trust = resolver === undefined ? {} : { resolver };
  const first = await inspect(path, { ...trust, ...(chain === undefined ? {} : { chain }), limit: 1 });
  // Of a chain that names none, the run says so whatever is pinned.
  const named = first.predecessor?.chain;
  const report = await inspect(old, { ...trust, ...(named === undefined ? {} : { chain: named }) });
  if (report.exitCode !== 0) process.stderr.write(`--predecessor: ${report.summary}\n`);
  const { checkpoint } = report;
  if (checkpoint === undefined || report.chain === undefined)
    throw new CliError('ERR_CLI_OPTION', `--predecessor: ${old} has no checkpoint of ${named ?? 'a chain'} that a trusted key signed`, '--predecessor'); // prettier-ignore
  return { chain: report.chain, size: checkpoint.size, root: checkpoint.root };
}

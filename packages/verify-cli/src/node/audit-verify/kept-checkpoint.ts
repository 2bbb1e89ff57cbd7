import { readFile } from 'node:fs/promises';
import { replaceFile } from '@countersign/audit-chain/node/file/replace';
import { findingKind } from '@countersign/audit-chain/verify/codes';
import type { Pin } from '@countersign/audit-chain/verify/context';
import { readPrevious } from '@countersign/audit-chain/verify/previous';
import type { Report } from '@countersign/audit-chain/verify/report';
import { unreadable, unwritable } from '../command/named-file.ts';

const OPTION = '--save-checkpoint';

/**
 * What an earlier run kept; undefined when there is no such file yet.
 *
 * @throws CliError ERR_CLI_FILE; ChainError ERR_VERIFY_OPTIONS when the file is something else
 */
export async function readKept(path: string | undefined): Promise<Pin | undefined> {
  if (path === undefined) return undefined;
  try {
    return readPrevious(await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === undefined || code.startsWith('ERR_')) throw error;
    throw unreadable(path, OPTION, error);
  }
}

/**
 * Keeps the newest trusted checkpoint of a verified run for the next one. What is there is replaced at once, and by nothing smaller. The first
 * run has nothing to continue: that it lacked the required anchor does not keep it from laying one.
 *
 * @throws CliError ERR_CLI_FILE
 */
export async function keepCheckpoint(path: string, report: Report, previous: Pin | undefined): Promise<void> {
  const { checkpoint } = report;
  if (checkpoint === undefined || !isVerified(report)) return;
  if (previous !== undefined && checkpoint.size < previous.size) return;
  try {
    await replaceFile(path, checkpoint.note, 0o666);
  } catch (cause) {
    throw unwritable(path, OPTION, cause);
  }
}

function isVerified({ exitCode, findings, findingCounts }: Report): boolean {
  if (exitCode === 0) return true;
  const [unmet, ...others] = findings.filter(({ code }) => findingKind(code).exit !== 0);
  return (
    exitCode === 12 &&
    unmet?.code === 'REQUIREMENT_UNMET' &&
    unmet.field === 'anchor' &&
    others.length === 0 &&
    findingCounts.REQUIREMENT_UNMET === 1
  );
}

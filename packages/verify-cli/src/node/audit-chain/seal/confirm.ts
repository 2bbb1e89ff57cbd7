import { createInterface } from 'node:readline/promises';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import { CliError } from '../../errors.ts';
import type { OpenTarget, TargetFlags } from './target.ts';

/**
 * Says how long what is sealed now will be locked.
 *
 * @returns the date before which nobody can take it back; undefined where somebody can
 * @throws ChainError as the target's `retention`
 */
export async function announceLock({ target }: OpenTarget): Promise<string | undefined> {
  if (!target.isWriteOnce) return undefined;
  const retention = await target.retention();
  if (retention.mode === 'none') return undefined;
  process.stdout.write(`What is sealed to ${target.name} now is locked under ${retention.mode} until ${retention.until}.\n`);
  return retention.mode === 'COMPLIANCE' ? retention.until.slice(0, 10) : undefined;
}

/**
 * Asks for a yes before the first write that nobody can take back: the date, typed on a terminal, or `--accept-irreversible`.
 *
 * @throws CliError ERR_CLI_OPTION without the yes
 */
export async function confirmLock(date: string, store: ChainStore, { target }: OpenTarget, flags: TargetFlags): Promise<void> {
  if (flags.acceptIrreversible === true) return;
  const [last] = await store.lastSegments(target.name);
  if (last?.manifest !== undefined) return;
  const warning =
    'Until then nobody can delete it or lock it for less, not even whoever owns the account; it has to be paid for until then.';
  process.stderr.write(`${warning}\n`);
  if (process.stdin.isTTY && (await ask(`Type ${date} to go on: `)) === date) return;
  throw new CliError(
    'ERR_CLI_OPTION',
    'nothing was written: the date was not confirmed; see --accept-irreversible',
    '--accept-irreversible',
  );
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}

/** Says what a store cannot do, where that matters to whoever runs it. */
export async function noteAbilities({ places }: OpenTarget): Promise<void> {
  for (const place of places) {
    const { conditions, checksums } = await place.abilities();
    if (!conditions) process.stderr.write(`note: ${place.name} ignores If-None-Match; every key is looked up before it is written\n`);
    if (!checksums) process.stderr.write(`note: ${place.name} does not compare checksums; every object is read back and compared\n`);
  }
}

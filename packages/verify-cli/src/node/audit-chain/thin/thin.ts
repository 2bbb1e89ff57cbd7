import { awaitSettled } from '@countersign/audit-chain/retention/settled';
import { thinNotes } from '@countersign/audit-chain/retention/thin';
import { CliError } from '../../errors.ts';
import { openLog } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';
import { timeOf } from '../age.ts';

interface Options extends LogOptions {
  readonly olderThan: string;
  readonly keep: readonly string[];
  readonly actor: string;
}

const SETTLE_MS = 10_000;

/**
 * Runs `audit-chain thin`: removes old signed checkpoints that nothing relies on.
 *
 * @throws CliError ERR_CLI_OPTION; ChainError as `thinNotes` and `awaitSettled`
 */
export async function thin(log: string, options: Options): Promise<void> {
  const olderThan = timeOf(options.olderThan);
  const keep = options.keep.map((size) => {
    if (/^[1-9][0-9]{0,14}$/.test(size)) return Number(size);
    throw new CliError('ERR_CLI_OPTION', '--keep: expected a tree size', '--keep');
  });
  const opened = await openLog(log, options);
  try {
    const done = await thinNotes(opened.store, { olderThan, actor: options.actor, keep });
    if (done === undefined) {
      process.stdout.write(`nothing to remove: something relies on every checkpoint from before ${olderThan}\n`);
      return;
    }
    process.stdout.write(`removed ${done.removed} checkpoints\n`);
    process.stdout.write(`settled as record ${await awaitSettled(opened.store, done.id, SETTLE_MS)}\n`);
  } finally {
    await opened.close();
  }
}

import { redactPrivateValue } from '@countersign/audit-chain/redact/redact';
import { awaitSettled } from '@countersign/audit-chain/retention/settled';
import { CliError } from '../../errors.ts';
import { openLog } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';

interface Options extends LogOptions {
  readonly seq: string;
  readonly name: string;
  readonly reason: string;
  readonly actor: string;
}

/** How long the event may take to be settled; the value is erased before. */
const SETTLE_MS = 10_000;

/**
 * Runs `audit-chain redact`: erases one private value and waits until the log says so.
 *
 * @throws CliError ERR_CLI_OPTION; ChainError as `redactPrivateValue` and `awaitSettled`
 */
export async function redact(log: string, options: Options): Promise<void> {
  const { seq, name, reason, actor } = options;
  if (!/^(0|[1-9][0-9]{0,14})$/.test(seq)) throw new CliError('ERR_CLI_OPTION', '--seq: expected a number', '--seq');
  const opened = await openLog(log, options);
  try {
    const { id } = await redactPrivateValue(opened.store, { seq: Number(seq), name, reason, actor });
    process.stdout.write(`erased ${name} of record ${seq}\n`);
    const placed = await awaitSettled(opened.store, id, SETTLE_MS);
    process.stdout.write(`settled as record ${placed}\nBackups of private values still have it: delete them, or let them expire.\n`);
  } finally {
    await opened.close();
  }
}

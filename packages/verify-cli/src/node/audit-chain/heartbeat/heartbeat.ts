import { readDuration } from '../../command/quantity.ts';
import { openLog } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';

/**
 * Runs `audit-chain heartbeat`: appends one heartbeat to a quiet chain.
 *
 * @throws CliError ERR_CLI_OPTION; ChainError as `Chain.heartbeat`
 */
export async function heartbeat(log: string, options: LogOptions & { readonly quiet: string }): Promise<void> {
  const quiet = readDuration(options.quiet, '--quiet');
  const opened = await openLog(log, options);
  try {
    const receipt = await opened.chain.heartbeat(quiet);
    process.stdout.write(receipt === undefined ? `not quiet for ${options.quiet}\n` : `settled as record ${receipt.seq}\n`);
  } finally {
    await opened.close();
  }
}

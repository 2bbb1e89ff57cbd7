import { createReadStream, existsSync } from 'node:fs';
import { importPrivateValues } from '@countersign/audit-chain/redact/private-import';
import { CliError } from '../../errors.ts';
import type { LogOptions } from '../../log/options.ts';
import { openReadable } from '../../log/read.ts';

/**
 * Runs `audit-chain import-private`: private values from their backup, without those that the log says were erased.
 *
 * @param path a file, or `-` for standard input
 * @throws CliError ERR_CLI_FILE; ChainError as `importPrivateValues`
 */
export async function importPrivate(log: string, path: string, options: LogOptions): Promise<void> {
  if (path !== '-' && !existsSync(path)) throw new CliError('ERR_CLI_FILE', `${path} cannot be read (ENOENT)`, 'FILE');
  const { store, close } = await openReadable(log, options);
  try {
    const chunks: AsyncIterable<Uint8Array> = path === '-' ? process.stdin : createReadStream(path);
    const { restored, present, redacted, pruned } = await importPrivateValues(store, chunks);
    process.stdout.write(`restored ${restored}, present ${present}, erased ${redacted}, of pruned records ${pruned}\n`);
  } finally {
    await close();
  }
}

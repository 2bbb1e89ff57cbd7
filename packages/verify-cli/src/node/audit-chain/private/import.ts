import { open } from 'node:fs/promises';
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
  const { store, close } = await openReadable(log, options);
  try {
    const chunks = path === '-' ? process.stdin : readFile(path);
    const { restored, present, redacted, pruned } = await importPrivateValues(store, chunks);
    process.stdout.write(`restored ${restored}, present ${present}, erased ${redacted}, of pruned records ${pruned}\n`);
  } finally {
    await close();
  }
}

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(path);
    for await (const chunk of file.createReadStream()) yield chunk as Uint8Array;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code?.startsWith('E') !== true || code.startsWith('ERR_')) throw cause;
    throw new CliError('ERR_CLI_FILE', `${path} cannot be read (${code})`, 'FILE', cause);
  }
}

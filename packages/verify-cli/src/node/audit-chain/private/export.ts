import { open, rm } from 'node:fs/promises';
import { exportPrivateValues } from '@countersign/audit-chain/redact/private-backup';
import { CliError } from '../../errors.ts';
import type { LogOptions } from '../../log/options.ts';
import { openReadable } from '../../log/read.ts';

interface Options extends LogOptions {
  readonly out: string;
}

/**
 * Runs `audit-chain export-private`: a backup of the private values, for its owner alone. It is complete or not there.
 *
 * @throws CliError ERR_CLI_FILE when the file is there or cannot be written; ChainError ERR_STORE
 */
export async function exportPrivate(log: string, options: Options): Promise<void> {
  const { store, close } = await openReadable(log, options);
  try {
    const file = await open(options.out, 'wx', 0o600).catch((cause: unknown) => {
      throw new CliError('ERR_CLI_FILE', `--out: ${options.out} cannot be made (${(cause as NodeJS.ErrnoException).code})`, '--out', cause);
    });
    let count = 0;
    try {
      for await (const line of exportPrivateValues(store)) {
        await file.writeFile(line);
        count++;
      }
      await file.sync();
    } catch (error) {
      await rm(options.out, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    process.stdout.write(`wrote ${count} private values to ${options.out}\nKeep it where it can be deleted, never in an archive.\n`);
  } finally {
    await close();
  }
}

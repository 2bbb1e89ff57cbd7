import { followRecords } from '@countersign/audit-chain/read/follow';
import { readRecords } from '@countersign/audit-chain/read/query';
import type { ReadRecord } from '@countersign/audit-chain/read/record';
import { isPostgresUrl } from '@countersign/audit-chain/node/postgres/open';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import { CliError } from '../../errors.ts';
import type { LogOptions } from '../../log/options.ts';
import { openReadable } from '../../log/read.ts';
import { Lines } from '../../output/lines.ts';
import { recordJson, recordLine } from '../../output/record.ts';
import { readCount } from '../query/query.ts';

/** The flags as given. */
export interface TailFlags extends LogOptions {
  readonly follow?: boolean;
  readonly number: string;
  readonly json?: boolean;
}

/**
 * Runs `audit-chain tail`: prints the newest settled records, and with `--follow` each further one, until it is interrupted.
 *
 * @param signal ends it, as an interrupt does
 * @throws CliError ERR_CLI_OPTION; ChainError as `readRecords`
 */
export async function tail(log: string, flags: TailFlags, signal?: AbortSignal): Promise<void> {
  const count = readCount(flags.number, '--number');
  if (flags.follow === true && !isPostgresUrl(log)) {
    throw new CliError(
      'ERR_CLI_OPTION',
      '--follow: a log in a folder is open in one process at a time, so nothing would follow',
      '--follow',
    );
  }
  const { store, close } = await openReadable(log, flags);
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once('SIGINT', stop);
  signal?.addEventListener('abort', stop);
  try {
    const lines = new Lines();
    const from = Math.max(0, ((await store.note())?.size ?? 0) - count);
    for await (const record of recordsFrom(store, from, flags.follow === true ? interrupt.signal : undefined)) {
      if (!(await lines.write(flags.json === true ? recordJson(record) : recordLine(record)))) break;
    }
  } finally {
    process.removeListener('SIGINT', stop);
    signal?.removeEventListener('abort', stop);
    await close();
  }
}

function recordsFrom(store: ChainStore, from: number, following: AbortSignal | undefined): AsyncIterable<ReadRecord> {
  return following === undefined ? readRecords(store, { from }) : followRecords(store, { from }, { signal: following });
}

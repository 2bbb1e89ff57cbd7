import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type RecordQuery, readRecords } from '@countersign/audit-chain/read/query';
import type { ReadRecord } from '@countersign/audit-chain/read/record';
import { isUuid } from '@countersign/audit-chain/record/uuid';
import { readBound } from '../../audit-verify/bound.ts';
import { writeNew } from '../../command/output.ts';
import { CliError } from '../../errors.ts';
import type { LogOptions } from '../../log/options.ts';
import { openReadable } from '../../log/read.ts';
import { Lines } from '../../output/lines.ts';
import { recordJson, recordLine } from '../../output/record.ts';

/** The flags as given. */
export interface QueryFlags extends LogOptions {
  readonly type?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly id?: string;
  readonly limit?: string;
  readonly newestFirst?: boolean;
  readonly unsettled?: boolean;
  readonly json?: boolean;
  readonly receipts?: string;
}

/** Reads a count of records. */
export function readCount(text: string, option: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text);
  throw new CliError('ERR_CLI_OPTION', `${option}: expected a number of 1 or more`, option);
}

function readQuery(flags: QueryFlags): RecordQuery {
  const { type, actor, subject, from, to, id, limit, newestFirst, unsettled, receipts } = flags;
  if (id !== undefined && !isUuid(id)) throw new CliError('ERR_CLI_OPTION', '--id: expected a lower-case UUID', '--id');
  return {
    ...(type === undefined ? {} : { type }),
    ...(actor === undefined ? {} : { actor }),
    ...(subject === undefined ? {} : { subject }),
    ...(id === undefined ? {} : { id }),
    ...(from === undefined ? {} : { from: readBound(from, '--from') }),
    ...(to === undefined ? {} : { to: readBound(to, '--to') }),
    ...(limit === undefined ? {} : { limit: readCount(limit, '--limit') }),
    newestFirst: newestFirst === true,
    unsettled: unsettled === true,
    receipts: receipts !== undefined,
  };
}

/**
 * Runs `audit-chain query`: prints the records that are asked for, and writes their receipts.
 *
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE; ChainError as `readRecords`
 */
export async function query(log: string, flags: QueryFlags): Promise<void> {
  const wanted = readQuery(flags);
  const { store, close } = await openReadable(log, flags);
  try {
    if (flags.receipts !== undefined) await mkdir(flags.receipts, { recursive: true });
    const lines = new Lines();
    let found = 0;
    for await (const record of readRecords(store, wanted)) {
      found++;
      if (flags.receipts !== undefined) await writeReceipt(flags.receipts, record);
      if (!(await lines.write(flags.json === true ? recordJson(record) : recordLine(record)))) break;
    }
    if (found === 0 && flags.json !== true) process.stderr.write('no such record\n');
  } finally {
    await close();
  }
}

async function writeReceipt(folder: string, { seq, receipt }: ReadRecord): Promise<void> {
  if (receipt !== undefined)
    await writeNew(join(folder, `${String(seq).padStart(16, '0')}.receipt`), await receipt.bytes(), '--receipts', false);
}

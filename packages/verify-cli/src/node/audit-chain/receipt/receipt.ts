import { cosignedReceipt } from '@countersign/audit-chain/append/cosigned-receipt';
import { storedReceipt } from '@countersign/audit-chain/append/stored-receipt';
import { ChainError } from '@countersign/audit-chain/errors';
import { isUuid } from '@countersign/audit-chain/record/uuid';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import { writeNew } from '../../command/output.ts';
import { CliError } from '../../errors.ts';
import type { LogOptions } from '../../log/options.ts';
import { openReadable } from '../../log/read.ts';

interface Options extends LogOptions {
  readonly seq?: string;
  readonly id?: string;
  readonly out?: string;
  readonly cosigned?: boolean;
}

/** The number of the record that the options name. */
async function seqOf(store: ChainStore, { seq, id }: Options): Promise<number> {
  if (seq !== undefined) return Number(seq);
  const [found] = await store.takenIds([id!]);
  if (found?.seq !== undefined) return found.seq;
  throw new ChainError('ERR_SEQ_UNKNOWN', `id: the chain has no settled record of ${id}`, { field: 'id', actual: id! });
}

function check({ seq, id }: Options): void {
  if ((seq === undefined) === (id === undefined)) throw new CliError('ERR_CLI_OPTION', 'expected one of --seq N and --id UUID', '--seq');
  if (seq !== undefined && !/^(0|[1-9][0-9]{0,14})$/.test(seq)) throw new CliError('ERR_CLI_OPTION', '--seq: expected a number', '--seq');
  if (id !== undefined && !isUuid(id)) throw new CliError('ERR_CLI_OPTION', '--id: expected a lower-case UUID', '--id');
}

export async function receipt(log: string, options: Options): Promise<void> {
  check(options);
  const opened = await openReadable(log, options);
  try {
    const { seq, bytes } = await makeReceipt(opened.store, options);
    if (options.out === undefined) process.stdout.write(bytes);
    else {
      await writeNew(options.out, bytes, '--out');
      process.stdout.write(`wrote the receipt of record ${seq} to ${options.out}\n`);
    }
  } finally {
    await opened.close();
  }
}

async function makeReceipt(store: ChainStore, options: Options): Promise<{ seq: number; bytes: Uint8Array }> {
  const seq = await seqOf(store, options);
  const found = options.cosigned === true ? await cosignedReceipt(store, seq) : await storedReceipt(store, seq);
  return { seq: found.seq, bytes: await found.bytes() };
}

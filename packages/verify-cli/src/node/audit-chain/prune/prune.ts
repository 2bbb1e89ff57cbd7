import { nodeInflater } from '@countersign/audit-chain/node/verify/inflater';
import { archiveVerifier } from '@countersign/audit-chain/retention/archive-verifier';
import { pruneRecords } from '@countersign/audit-chain/retention/prune';
import { awaitSettled } from '@countersign/audit-chain/retention/settled';
import { openArchive } from '../../log/archive.ts';
import { timeOf } from '../age.ts';
import { openLog } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';

interface Options extends LogOptions {
  readonly archive: string;
  readonly olderThan: string;
  readonly actor: string;
}

const SETTLE_MS = 10_000;

/**
 * Runs `audit-chain prune`: removes old records whose copy in the archive has been verified.
 *
 * @throws CliError ERR_CLI_OPTION; ChainError as `pruneRecords` and `awaitSettled`
 */
export async function prune(log: string, options: Options): Promise<void> {
  const { archive, olderThan, actor } = options;
  const time = timeOf(olderThan);
  const opened = await openLog(log, options);
  const from = await openArchive(archive).catch(async (error: unknown) => {
    await opened.close();
    throw error;
  });
  try {
    const { store, registry } = opened;
    const verify = archiveVerifier(store, from.source, { resolver: registry, inflater: nodeInflater });
    const done = await pruneRecords(store, {
      target: from.name,
      olderThan: time,
      actor,
      async verifySegment(first, last) {
        await verify(first, last);
        process.stdout.write(`verified records ${first} to ${last} in ${archive}\n`);
      },
    });
    if (done.length === 0) process.stdout.write(`nothing to prune: no whole tile of sealed records is older than ${time}\n`);
    for (const { first, last, id } of done) {
      process.stdout.write(`pruned records ${first} to ${last}\n`);
      process.stdout.write(`settled as record ${await awaitSettled(store, id, SETTLE_MS)}\n`);
    }
  } finally {
    await from.close();
    await opened.close();
  }
}

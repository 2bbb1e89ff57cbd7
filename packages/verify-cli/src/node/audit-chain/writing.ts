import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { withLog, withSignedLog } from '../log/options.ts';
import { type Outcome, logOf } from './outcome.ts';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** The commands that change a log. Each loads its own code: a usage error costs no database. */
export function addWritingCommands(add: (name: string, description: string) => Command, outcome: Outcome): void {
  add('init', 'make a log: in a folder, with a database, development keys and a signer registry; or a chain in a database')
    .argument('[LOG]', 'an empty or new folder, or postgres://USER@HOST/DATABASE; AUDIT_LOG when absent')
    .option('--chain <ID>', 'chain id, e.g. log.example.com/audit; a unique one under localhost/ when absent')
    .option('--signer <URI>', 'file:DIR: keep the keys in DIR, outside the log; with --signers, where registered keys are')
    .option('--signers <FILE>', 'the registry that has those keys: no development keys are made')
    .action(async (log: string | undefined, options: { chain?: string; signer?: string; signers?: string }) => {
      const { init } = await import('./init/init.ts');
      await init(logOf(log), options);
    });
  withSignedLog(add('append', 'append one event and wait until it is settled: durable and covered by a signed checkpoint'))
    .requiredOption('--type <TYPE>', 'what happened, e.g. order.created')
    .requiredOption('--actor <ACTOR>', 'who did it: a pseudonymous id, for it can never be erased')
    .option('--subject <SUBJECT>', 'what it is about, e.g. order:123')
    .option('--payload <JSON|@FILE|->', 'a JSON object; @FILE reads a file, - standard input')
    .option('--private <NAME=JSON>', 'a value kept beside the record, erasable; may be repeated', collect, [])
    .option('--id <UUID>', 'the id of the event: the same id again appends nothing')
    .action(async (log: string | undefined, options: Record<string, unknown>) => {
      const { append } = await import('./append/append.ts');
      await append(logOf(log), options as never);
    });
  withSignedLog(add('import', 'append the events of a file: one JSON object a line'))
    .argument('[FILE]', 'JSONL, plain or gzip; - for standard input')
    .option('--skip-invalid', 'leave out lines that are no events; without it one such line stops the import before it starts')
    .action(async (log: string | undefined, file: string | undefined, options: { skipInvalid?: boolean }) => {
      const [folder, path] = file === undefined ? [logOf(undefined), log] : [log, file];
      if (path === undefined) throw new CliError('ERR_CLI_OPTION', 'no file: name one, or - for standard input', 'FILE');
      const { importEvents } = await import('./import/import.ts');
      outcome.exitCode = await importEvents(logOf(folder), path, options);
    });
  withSignedLog(add('seal', 'write everything settled and not yet sealed to an archive, in signed segments'))
    .requiredOption('--to <TARGET>', 'the archive: a directory, or s3://BUCKET/PREFIX in a bucket with Object Lock')
    .option('--retention-class <NAME>', 'with s3://: how everything is locked, by a class of that file')
    .option('--retention-classes <FILE>', 'mode and days of every class; AUDIT_RETENTION_CLASSES when absent')
    .option('--accept-irreversible', 'write the first objects that nobody can delete before their date, without being asked')
    .option('--recovery <URL>', 'a second s3://BUCKET/PREFIX that gets the same bytes under the same locks')
    .option('--endpoint <URL>', 'of s3:// where it is not AWS; AWS_ENDPOINT_URL_S3 when absent')
    .option('--max-records <N>', 'records in a segment, at most; 50000 when absent')
    .option('--max-bytes <N>', 'bytes of its lines, at most: a number, or with KiB or MiB; 64MiB when absent')
    .option('--attested', 'end segments only at checkpoints that are cosigned or time-stamped; what lies behind the last waits')
    .option('--follow', 'seal each segment when it is full, until interrupted')
    .option('--max-age <DURATION>', 'with --follow: also when its first record is so old, such as 15m, 1h or 7d')
    .option('--heartbeat <DURATION>', 'with --follow: append a checkpoint.heartbeat when nothing came for so long')
    .action(async (log: string | undefined, options: { to: string }) => {
      const { seal } = await import('./seal/seal.ts');
      await seal(logOf(log), options);
    });
  withSignedLog(add('heartbeat', 'append a checkpoint.heartbeat, so that the age of the newest checkpoint says whether the log is alive'))
    .option('--quiet <DURATION>', 'only when nothing was appended for so long, such as 15m or 1h', '0s')
    .action(async (log: string | undefined, options: { quiet: string }) => {
      const { heartbeat } = await import('./heartbeat/heartbeat.ts');
      await heartbeat(logOf(log), options);
    });
  withSignedLog(add('redact', 'erase one private value; the log says that it was erased, by whom and why'))
    .requiredOption('--seq <N>', 'the record by its number')
    .requiredOption('--name <NAME>', 'the name of the private value')
    .requiredOption('--reason <TEXT>', 'why; it stays in the log for ever, so without personal data')
    .requiredOption('--actor <ACTOR>', 'who erases it: a pseudonymous id')
    .action(async (log: string | undefined, options: Record<string, unknown>) => {
      const { redact } = await import('./redact/redact.ts');
      await redact(logOf(log), options as never);
    });
  withSignedLog(add('prune', 'remove old sealed records whose copy in the archive has been verified; tiles, ids and proofs stay'))
    .requiredOption('--archive <ARCHIVE>', 'the archive that the records were sealed to: a directory, or s3://BUCKET/PREFIX')
    .requiredOption('--older-than <AGE>', 'only records from before: days such as 400d, or an RFC 3339 time')
    .option('--actor <ACTOR>', 'who prunes: a pseudonymous id', 'system:audit-chain')
    .action(async (log: string | undefined, options: { archive: string; olderThan: string; actor: string }) => {
      const { prune } = await import('./prune/prune.ts');
      await prune(logOf(log), options);
    });
  withSignedLog(add('thin', 'remove old signed checkpoints that nothing relies on; records, tiles and proofs stay'))
    .requiredOption('--older-than <AGE>', 'only checkpoints over records from before: days such as 400d, or an RFC 3339 time')
    .option('--keep <SIZE>', 'a tree size whose checkpoint stays, such as one with a time stamp; may be repeated', collect, [])
    .option('--actor <ACTOR>', 'who thins: a pseudonymous id', 'system:audit-chain')
    .action(async (log: string | undefined, options: { olderThan: string; keep: readonly string[]; actor: string }) => {
      const { thin } = await import('./thin/thin.ts');
      await thin(logOf(log), options);
    });
  withLog(add('import-private', 'put private values back from their backup; what the log says was erased stays erased'))
    .argument('[FILE]', 'a file of export-private; - for standard input')
    .action(async (log: string | undefined, file: string | undefined, options: object) => {
      const [folder, path] = file === undefined ? [logOf(undefined), log] : [logOf(log), file];
      if (path === undefined) throw new CliError('ERR_CLI_OPTION', 'no file: name one, or - for standard input', 'FILE');
      const { importPrivate } = await import('./private/import.ts');
      await importPrivate(folder, path, options);
    });
  withSignedLog(add('restore', 'put a verified archive back into an empty database'))
    .requiredOption('--from <TARGET>', 'the archive: a directory, or s3://BUCKET/PREFIX')
    .option('--private <FILE>', 'the backup of private values; what the log says was erased stays erased')
    .option('--dry-run', 'verify and compare, change nothing')
    .option('--reason <TEXT>', 'why; it stays in the log for ever, so without personal data', 'restored from the archive')
    .option('--actor <ACTOR>', 'who restores: a pseudonymous id', 'system:audit-chain')
    .action(async (log: string | undefined, options: Record<string, unknown>) => {
      const { restore } = await import('./restore/restore.ts');
      await restore(logOf(log), options as never);
    });
  add('succeed', 'start a new chain in place of one that cannot go on, such as a restored backup')
    .argument('[LOG]', 'a folder, or postgres://USER@HOST/DATABASE; AUDIT_LOG when absent')
    .requiredOption('--chain <ID>', 'id of the new chain')
    .requiredOption('--reason <TEXT>', 'why; it stays in the log for ever, so without personal data')
    .option('--old <ID>', 'the chain that cannot go on, where a database holds several')
    .option('--signer <URI>', 'keys that are registered for the new chain: file:DIR, awskms:ARN, proxy+https://HOST#KID; AUDIT_SIGNER')
    .option('--signers <FILE>', 'the signer registry; AUDIT_SIGNERS')
    .action(async (log: string | undefined, options: { chain: string; reason: string }) => {
      const { succeed } = await import('./succeed/succeed.ts');
      await succeed(logOf(log), options);
    });
  withSignedLog(add('migrate', 'bring the database of a log to the newest schema'))
    .option('--require-verified-head', 'only when the newest note of every chain is verified and agrees with its high-water mark')
    .action(async (log: string | undefined, options: { requireVerifiedHead?: boolean }) => {
      const { migrate } = await import('./migrate/migrate.ts');
      await migrate(logOf(log), options);
    });
}

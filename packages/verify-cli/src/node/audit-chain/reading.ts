import type { Command } from 'commander';
import { withLog, withSignedLog } from '../log/options.ts';
import { type Outcome, logOf } from './outcome.ts';

/** The commands that leave a log as it is. Each loads its own code: a usage error costs no database. */
export function addReadingCommands(add: (name: string, description: string) => Command, outcome: Outcome): void {
  withLog(add('receipt', 'write the receipt of a record: its bytes and the proof that it is in the signed log'))
    .option('--seq <N>', 'the record by its number')
    .option('--id <UUID>', 'the record by the id of its event')
    .option('--cosigned', 'under the newest checkpoint that witnesses have cosigned, with what they said')
    .option('--out <FILE>', 'write to a new file instead of standard output')
    .action(async (log: string | undefined, options: { seq?: string; id?: string; out?: string; cosigned?: boolean }) => {
      const { receipt } = await import('./receipt/receipt.ts');
      await receipt(logOf(log), options);
    });
  withLog(add('tiles', 'publish the log as static files that any tlog-tiles client reads'))
    .option('--signers <FILE>', 'the signer registry; AUDIT_SIGNERS')
    .requiredOption('--to <DIR|URL>', 'a directory, or s3://BUCKET/PREFIX; it holds checkpoint and tile/')
    .option('--endpoint <URL>', 'of a store that is not AWS; AWS_ENDPOINT_URL_S3')
    .option('--every <DURATION>', 'again and again at this interval, such as 10s or 1m, until interrupted')
    .action(async (log: string | undefined, options: { to: string; every?: string; endpoint?: string }) => {
      const { tiles } = await import('./tiles/tiles.ts');
      await tiles(logOf(log), options);
    });
  withLog(add('query', 'print records: all that is settled, or what the options ask for; every condition has to hold'))
    .option('--type <TYPE>', 'the event type')
    .option('--actor <ACTOR>', 'who did it')
    .option('--subject <SUBJECT>', 'what it is about')
    .option('--from <N|TIME>', 'first record: a number, or an RFC 3339 time')
    .option('--to <N|TIME>', 'last record: a number, inclusive, or a time, exclusive')
    .option('--id <UUID>', 'the record by the id of its event')
    .option('--limit <N>', 'records at most')
    .option('--newest-first', 'the newest ones first')
    .option('--unsettled', 'also durable records that wait for their checkpoint')
    .option('--json', 'the records as they are stored, one a line')
    .option('--receipts <DIR>', 'write the receipt of each record to a new file in DIR')
    .action(async (log: string | undefined, options: object) => {
      const { query } = await import('./query/query.ts');
      await query(logOf(log), options);
    });
  withLog(add('tail', 'print the newest settled records'))
    .option('-f, --follow', 'go on with each record that is settled, until interrupted')
    .option('-n, --number <N>', 'how many records to begin with', '10')
    .option('--json', 'the records as they are stored, one a line')
    .action(async (log: string | undefined, options: { number: string }) => {
      const { tail } = await import('./tail/tail.ts');
      await tail(logOf(log), options);
    });
  withSignedLog(add('export', 'write a range of records with the signed proof that it is in the log without a gap: an extract'))
    .option('--from <N|TIME>', 'first record: a number, or an RFC 3339 time')
    .option('--to <N|TIME>', 'last record: a number, inclusive, or a time, exclusive')
    .requiredOption('--out <FILE>', 'a new file, x.jsonl.gz; the proof is x.extract.json beside it')
    .action(async (log: string | undefined, options: { from?: string; to?: string; out: string }) => {
      const { exportExtract } = await import('./export/export.ts');
      await exportExtract(logOf(log), options);
    });
  withLog(add('export-private', 'write the private values that are not erased to a backup of their own, for its owner alone'))
    .requiredOption('--out <FILE>', 'a new file')
    .action(async (log: string | undefined, options: { out: string }) => {
      const { exportPrivate } = await import('./private/export.ts');
      await exportPrivate(logOf(log), options);
    });
  withSignedLog(add('evidence', 'pack the records about something with all that is needed to check them offline'))
    .option('--subject <SUBJECT>', 'what they are about')
    .option('--actor <ACTOR>', 'who did it')
    .option('--type <TYPE>', 'the event type')
    .option('--archive <TARGET>', 'also the segment manifests of these records: a directory, or s3://BUCKET/PREFIX')
    .option('--include-private', 'also the private values that are not erased: the file is then personal data')
    .requiredOption('--out <FILE>', 'a new file')
    .action(async (log: string | undefined, options: { out: string }) => {
      const { evidence } = await import('./evidence/evidence.ts');
      await evidence(logOf(log), options);
    });
  withSignedLog(add('status', 'say where a log stands'))
    .option('--json', 'one JSON document')
    .action(async (log: string | undefined, options: { json?: boolean }) => {
      const { status } = await import('./status/status.ts');
      await status(logOf(log), options);
    });
  withSignedLog(add('doctor', 'look for what keeps a log from being appended to, or is not as it should be'))
    .option('--json', 'one JSON document')
    .action(async (log: string | undefined, options: { json?: boolean }) => {
      const { doctor } = await import('./doctor/doctor.ts');
      outcome.exitCode = await doctor(logOf(log), options);
    });
}

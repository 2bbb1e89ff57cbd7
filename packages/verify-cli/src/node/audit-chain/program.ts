import type { Command } from 'commander';
import { EXIT } from '../command/exit.ts';
import { run, strictCommand } from '../command/run.ts';
import { CliError } from '../errors.ts';

/** The log a command works on: its argument, or the environment. */
function logOf(argument: string | undefined): string {
  const log = argument ?? process.env['AUDIT_LOG'];
  if (log === undefined || log === '') throw new CliError('ERR_CLI_LOG', 'no log: name a folder, or set AUDIT_LOG', 'LOG');
  return log;
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

function addCommands(program: Command, outcome: { exitCode: number }): void {
  const add = (name: string, description: string): Command => {
    const command = strictCommand(name, description);
    program.addCommand(command);
    return command;
  };
  // Each command loads its own code: a usage error costs no database.
  add('init', 'make a log: a folder with a database, development keys and a signer registry')
    .argument('[LOG]', 'an empty or new folder; AUDIT_LOG when absent')
    .option('--chain <ID>', 'chain id, e.g. log.example.com/audit; a unique one under localhost/ when absent')
    .option('--signer <URI>', 'file:DIR: keep the keys in DIR, outside the log; with --signers, where registered keys are')
    .option('--signers <FILE>', 'the registry that has those keys: no development keys are made')
    .action(async (log: string | undefined, options: { chain?: string; signer?: string; signers?: string }) => {
      const { init } = await import('./init/init.ts');
      await init(logOf(log), options);
    });
  add('append', 'append one event and wait until it is settled: durable and covered by a signed checkpoint')
    .argument('[LOG]', 'the log; AUDIT_LOG when absent')
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
  add('import', 'append the events of a file: one JSON object a line')
    .argument('[LOG]', 'the log; AUDIT_LOG when absent')
    .argument('[FILE]', 'JSONL, plain or gzip; - for standard input')
    .option('--skip-invalid', 'leave out lines that are no events; without it one such line stops the import before it starts')
    .action(async (log: string | undefined, file: string | undefined, options: { skipInvalid?: boolean }) => {
      const [folder, path] = file === undefined ? [logOf(undefined), log] : [log, file];
      if (path === undefined) throw new CliError('ERR_CLI_OPTION', 'no file: name one, or - for standard input', 'FILE');
      const { importEvents } = await import('./import/import.ts');
      outcome.exitCode = await importEvents(logOf(folder), path, options);
    });
  add('receipt', 'write the receipt of a record: its bytes and the proof that it is in the signed log')
    .argument('[LOG]', 'the log; AUDIT_LOG when absent')
    .option('--seq <N>', 'the record by its number')
    .option('--id <UUID>', 'the record by the id of its event')
    .option('--out <FILE>', 'write to a new file instead of standard output')
    .action(async (log: string | undefined, options: { seq?: string; id?: string; out?: string }) => {
      const { receipt } = await import('./receipt/receipt.ts');
      await receipt(logOf(log), options);
    });
  add('seal', 'write everything settled and not yet sealed to an archive, in signed segments')
    .argument('[LOG]', 'the log; AUDIT_LOG when absent')
    .requiredOption('--to <DIR>', 'the archive directory')
    .action(async (log: string | undefined, options: { to: string }) => {
      const { seal } = await import('./seal/seal.ts');
      await seal(logOf(log), options.to);
    });
  add('redact', 'erase one private value; the log says that it was erased, by whom and why')
    .argument('[LOG]', 'the log; AUDIT_LOG when absent')
    .requiredOption('--seq <N>', 'the record by its number')
    .requiredOption('--name <NAME>', 'the name of the private value')
    .requiredOption('--reason <TEXT>', 'why; it stays in the log for ever, so without personal data')
    .requiredOption('--actor <ACTOR>', 'who erases it: a pseudonymous id')
    .action(async (log: string | undefined, options: Record<string, unknown>) => {
      const { redact } = await import('./redact/redact.ts');
      await redact(logOf(log), options as never);
    });
  add('prune', 'remove old sealed records whose copy in the archive has been verified; tiles, ids and proofs stay')
    .argument('[LOG]', 'the log; AUDIT_LOG when absent')
    .requiredOption('--archive <DIR>', 'the archive directory that the records were sealed to')
    .requiredOption('--older-than <AGE>', 'only records from before: days such as 400d, or an RFC 3339 time')
    .option('--actor <ACTOR>', 'who prunes: a pseudonymous id', 'system:audit-chain')
    .action(async (log: string | undefined, options: { archive: string; olderThan: string; actor: string }) => {
      const { prune } = await import('./prune/prune.ts');
      await prune(logOf(log), options);
    });
  add('succeed', 'start a new chain in place of one that cannot go on, such as a restored backup')
    .argument('[LOG]', 'the log; AUDIT_LOG when absent')
    .requiredOption('--chain <ID>', 'id of the new chain')
    .requiredOption('--reason <TEXT>', 'why; it stays in the log for ever, so without personal data')
    .action(async (log: string | undefined, options: { chain: string; reason: string }) => {
      const { succeed } = await import('./succeed/succeed.ts');
      await succeed(logOf(log), options);
    });
  add('status', 'say where a log stands')
    .argument('[LOG]', 'the log; AUDIT_LOG when absent')
    .option('--json', 'one JSON document')
    .action(async (log: string | undefined, options: { json?: boolean }) => {
      const { status } = await import('./status/status.ts');
      await status(logOf(log), options.json === true);
    });
}

const EXAMPLES = `
Examples:
  audit-chain init log/
  audit-chain append log/ --type order.created --actor user:7f3a --payload '{"amount":1999}'
  audit-chain import log/ events.jsonl.gz
  audit-chain seal log/ --to archive/
  audit-chain receipt log/ --seq 1 --out order.receipt
  audit-chain redact log/ --seq 1 --name email --reason 'request 12' --actor user:dpo
  audit-chain prune log/ --archive archive/ --older-than 400d

Exit codes: 0 done, 2 usage or bad input, 10 the log contradicts what was signed, 11 wrong signer, 14 log or signer not reachable.`;

/**
 * Runs `audit-chain`.
 *
 * @param argv arguments without node and script
 * @returns the exit code
 */
export async function auditChain(argv: readonly string[]): Promise<number> {
  const outcome: { exitCode: number } = { exitCode: EXIT.verified };
  const program = strictCommand('audit-chain', 'Append to audit logs that anyone can check and nobody can quietly change.').addHelpText(
    'after',
    EXAMPLES,
  );
  addCommands(program, outcome);
  return await run(program, argv, outcome);
}

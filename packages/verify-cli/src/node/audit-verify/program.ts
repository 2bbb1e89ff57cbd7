import type { Command } from 'commander';
import { EXIT } from '../command/exit.ts';
import { run, strictCommand } from '../command/run.ts';
import type { SourceFlags } from './source.ts';

const SIGNERS = 'the signer registry to trust, from a source you trust; AUDIT_SIGNERS when absent';
const JSON_FLAG = 'print one JSON document (docs/spec/report.md)';

const EXAMPLES = `
SOURCE: an archive directory, a log directory, a file of record lines (JSONL, plain or gzip), - for standard input.

Examples:
  audit-verify log/ -s log/signers.json
  audit-verify archive/ -s signers.json
  audit-verify archive/ -s signers.json --previous yesterday.json --json > today.json
  audit-verify archive/ -s signers.json --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z
  audit-verify receipt order.receipt -s signers.json

Exit codes: 0 verified, 10 integrity violated, 11 signer not trusted, 12 inconclusive, 13 write-once policy not met,
            14 source unreadable, 2 usage. See docs/findings.md for every finding.`;

function addReceipt(program: Command, outcome: { exitCode: number }): void {
  const command = strictCommand('receipt', 'check one receipt: that its record is in the signed log')
    .argument('<FILE>', 'the receipt')
    .option('-s, --signers <FILE>', SIGNERS)
    .option('--chain <ID>', 'the chain that the record must be of')
    .option('--json', JSON_FLAG)
    .addHelpText('after', '\nExample:\n  audit-verify receipt order.receipt -s signers.json')
    .action(async (file: string, flags: { signers?: string; chain?: string; json?: boolean }) => {
      const { verifyReceiptFile } = await import('./receipt.ts');
      outcome.exitCode = await verifyReceiptFile(file, flags);
    });
  program.addCommand(command);
}

/**
 * Runs `audit-verify`.
 *
 * @param argv arguments without node and script
 * @returns the exit code (architecture §5)
 */
export async function auditVerify(argv: readonly string[]): Promise<number> {
  const outcome: { exitCode: number } = { exitCode: EXIT.verified };
  const program = strictCommand('audit-verify', 'Check that an audit log is intact, and that those who signed it were allowed to.')
    // What stands behind `receipt` is for that command.
    .enablePositionalOptions()
    .argument('<SOURCE>', 'what to verify')
    .option('-s, --signers <FILE>', SIGNERS)
    .option('--chain <ID>', 'the chain; required when the source holds several')
    .option('--from <X>', 'first record: a number, or a time (RFC 3339)')
    .option('--to <X>', 'last record: a number (included), or a time (excluded)')
    .option('--previous <FILE>', 'a saved --json report or a checkpoint that the source must continue')
    .option(
      '--checks <LEVEL>',
      'integrity: hashes, links, tree, signatures; default: and the form of every byte; deep: and repeated ids, every signature',
      'default',
    )
    .option('--json', JSON_FLAG)
    .addHelpText('after', EXAMPLES)
    .action(async (source: string, flags: SourceFlags) => {
      const { verifySource } = await import('./source.ts');
      outcome.exitCode = await verifySource(source, flags);
    });
  addReceipt(program, outcome);
  return await run(program, argv, outcome);
}

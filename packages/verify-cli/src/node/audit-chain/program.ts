import type { Command } from 'commander';
import { EXIT } from '../command/exit.ts';
import { run, strictCommand } from '../command/run.ts';
import { VERSION } from '../version.ts';
import type { Outcome } from './outcome.ts';
import { addOutsideCommands } from './outside.ts';
import { addReadingCommands } from './reading.ts';
import { addWritingCommands } from './writing.ts';

const EXAMPLES = `
Examples:
  audit-chain init log/
  audit-chain append log/ --type order.created --actor user:7f3a --payload '{"amount":1999}'
  audit-chain import log/ events.jsonl.gz
  audit-chain query log/ --subject order:123 --from 2026-11-01T00:00:00Z
  audit-chain seal log/ --to archive/
  audit-chain witness log/ --policy witnesses.policy
  audit-chain restore new/ --from archive/ --signer file:keys --signers signers.json --dry-run
  audit-chain receipt log/ --seq 1 --out order.receipt
  audit-chain export log/ --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --out november.jsonl.gz
  audit-chain evidence log/ --subject order:123 --out order-123.evidence
  audit-chain redact log/ --seq 1 --name email --reason 'request 12' --actor user:dpo
  audit-chain prune log/ --archive archive/ --older-than 400d
  audit-chain thin log/ --older-than 400d
  audit-chain export-private log/ --out private.jsonl
  audit-chain import-private log/ private.jsonl
  audit-chain succeed log/ --chain log.example.com/audit-2 --reason 'backup of yesterday put back'
  audit-chain doctor postgres://audit@db.example.com/log --chain log.example.com/audit --signer file:keys

Exit codes: 0 done, 2 usage or bad input, 10 the log contradicts what was signed, 11 wrong signer, 14 log or signer not reachable.`;

/**
 * Runs `audit-chain`.
 *
 * @param argv arguments without node and script
 * @returns the exit code
 */
export async function auditChain(argv: readonly string[]): Promise<number> {
  const outcome: Outcome = { exitCode: EXIT.verified };
  const program = strictCommand('audit-chain', 'Append to audit logs that anyone can check and nobody can quietly change.')
    .version(VERSION, '--version', 'print the version')
    .addHelpText('after', EXAMPLES);
  const add = (name: string, description: string): Command => {
    const command = strictCommand(name, description);
    program.addCommand(command);
    return command;
  };
  addWritingCommands(add, outcome);
  addReadingCommands(add, outcome);
  addOutsideCommands(add);
  return await run(program, argv, outcome);
}

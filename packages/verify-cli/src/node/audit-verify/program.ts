import { EXIT } from '../command/exit.ts';
import { run, strictCommand } from '../command/run.ts';
import { dress, subcommand } from './table/command.ts';
import { SUBCOMMANDS } from './table/commands.ts';
import { SOURCE } from './table/source.ts';
import { addWitness } from './witness/commands.ts';
import { VERSION } from '../version.ts';

const EXIT_CODES = `
Exit codes: 0 verified, 10 integrity violated, 11 signer not trusted, 12 inconclusive, 13 write-once policy not met,
            14 source unreadable, 2 usage. audit-verify explain CODE says what a finding means.`;

/**
 * Runs `audit-verify`.
 *
 * @param argv arguments without node and script
 * @returns the exit code (architecture §5)
 */
export async function auditVerify(argv: readonly string[]): Promise<number> {
  const outcome: { exitCode: number } = { exitCode: EXIT.verified };
  const program = dress(strictCommand('audit-verify', SOURCE.summary), SOURCE, outcome)
    // What stands behind a subcommand is for that command.
    .enablePositionalOptions()
    .version(VERSION, '--version', 'print the version')
    .addHelpText('after', EXIT_CODES);
  for (const row of SUBCOMMANDS) program.addCommand(subcommand(row, outcome));
  addWitness(program);
  return await run(program, argv, outcome);
}

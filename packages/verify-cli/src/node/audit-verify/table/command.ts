import { Option } from 'commander';
import type { Command } from 'commander';
import { strictCommand } from '../../command/run.ts';

/** One flag: help and docs/audit-verify.md say the same of it. */
export interface FlagRow {
  /** As commander reads it: `-s, --signers <FILE>`. */
  readonly flags: string;
  /** One line for `--help`. */
  readonly help: string;
  /** What the page says beyond it. */
  readonly detail?: string;
  /** The heading under which `--help` lists it, where a command has many. */
  readonly group?: string;
  readonly choices?: readonly string[];
  readonly default?: string;
}

/** An example that a test runs. */
export interface ExampleRow {
  readonly command: string;
  /** The exit code it ends with on the test's files; 0 when absent. */
  readonly exitCode?: number;
  /** Where it runs, if not in that folder alone. */
  readonly needs?: 's3';
}

/** A command of `audit-verify`; the one without a name verifies a source. */
export interface CommandRow<Flags = Record<string, unknown>> {
  readonly name?: string;
  /** Its arguments as commander reads them, with one line each. */
  readonly args: readonly (readonly [name: string, help: string])[];
  readonly summary: string;
  /** What the page says of it: paragraphs. */
  readonly detail: string;
  readonly flags: readonly FlagRow[];
  readonly examples: readonly ExampleRow[];
  /** Gives the exit code; loads what it needs when it is called, so that a usage error comes at once. */
  readonly run: (args: readonly (string | undefined)[], flags: Flags) => Promise<number>;
}

/** Gives a command its arguments, flags, examples and action. */
export function dress(command: Command, row: CommandRow, outcome: { exitCode: number }): Command {
  for (const [name, help] of row.args) command.argument(name, help);
  for (const flag of row.flags) {
    const option = new Option(flag.flags, flag.help);
    if (flag.group !== undefined) option.helpGroup(`${flag.group}:`);
    if (flag.choices !== undefined) option.choices([...flag.choices]);
    if (flag.default !== undefined) option.default(flag.default);
    command.addOption(option);
  }
  const examples = row.examples.map((example) => `  ${example.command}`).join('\n');
  command.addHelpText('after', `\n${row.examples.length === 1 ? 'Example' : 'Examples'}:\n${examples}`);
  return command.action(async (...given: unknown[]) => {
    const args = given.slice(0, row.args.length) as (string | undefined)[];
    outcome.exitCode = await row.run(args, given[row.args.length] as Record<string, unknown>);
  });
}

/** Makes a subcommand. */
export function subcommand(row: CommandRow, outcome: { exitCode: number }): Command {
  return dress(strictCommand(row.name!, row.summary), row, outcome);
}

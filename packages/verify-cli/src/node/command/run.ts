import { Command, CommanderError, Help } from 'commander';
import { EXIT, exitCodeOf, isCoded } from './exit.ts';

const HELP = new Help();

/** A program or subcommand that refuses what it does not know and leaves the exit code to us. */
export function strictCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .configureHelp({
      // Short enough for 80 columns: that a command has options goes without saying.
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`))].join(' '),
      // Nothing is what is given by default.
      optionDescription: (option) =>
        Array.isArray(option.defaultValue) && option.defaultValue.length === 0 ? option.description : HELP.optionDescription(option),
    })
    .exitOverride()
    .allowExcessArguments(false)
    .showHelpAfterError('(add --help for usage)')
    .helpCommand(false);
}

/**
 * Runs a program to its exit code: 0 or what the action gives, 2 for a usage error, and the code's own for an error with a code.
 *
 * @param program its actions return the exit code, or nothing for 0, through `outcome.exitCode`
 */
export async function run(program: Command, argv: readonly string[], outcome: { exitCode: number }): Promise<number> {
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.verified : EXIT.usage;
    report(error);
    return exitCodeOf(error);
  }
}

/** One line on standard error: the code and what to know; the stack only where the fault is ours. */
export function report(error: unknown): void {
  if (isCoded(error)) process.stderr.write(`${error.code}: ${error.message}\n`);
  else process.stderr.write(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

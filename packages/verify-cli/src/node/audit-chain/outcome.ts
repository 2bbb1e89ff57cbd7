import { CliError } from '../errors.ts';
import { variable } from '../log/options.ts';

/** What a command leaves behind. */
export interface Outcome {
  exitCode: number;
}

/** The log a command works on: its argument, or the environment. */
export function logOf(argument: string | undefined): string {
  const log = argument ?? variable('AUDIT_LOG');
  if (log === undefined || log === '') throw new CliError('ERR_CLI_LOG', 'no log: name a folder or a database, or set AUDIT_LOG', 'LOG');
  return log;
}

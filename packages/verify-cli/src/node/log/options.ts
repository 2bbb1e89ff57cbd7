import type { Command } from 'commander';

/** How to find the parts of a log that its folder, or the environment, does not name. */
export interface LogOptions {
  /** Chain id, where a database holds several. */
  readonly chain?: string;
  /** Signer URIs; AUDIT_SIGNER, or a folder's configuration, when absent. */
  readonly signer?: string;
  /** Path of the signer registry; AUDIT_SIGNERS, or a folder's configuration, when absent. */
  readonly signers?: string;
}

/** A variable of the environment; one that is empty is not set. */
export function variable(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

/** Gives a command its argument LOG and the choice of a chain. */
export function withLog(command: Command): Command {
  return command
    .argument('[LOG]', 'a folder, or postgres://USER@HOST/DATABASE; AUDIT_LOG when absent')
    .option('--chain <ID>', 'the chain, where a database holds several');
}

/** As `withLog`, for commands that need to know what the log is signed with. */
export function withSignedLog(command: Command): Command {
  return withLog(command)
    .option('--signer <URI>', 'where the keys are: file:DIR, awskms:ARN, proxy+https://HOST#KID; AUDIT_SIGNER')
    .option('--signers <FILE>', 'the signer registry; AUDIT_SIGNERS');
}

/** Every error code of this package with what it means; `docs/errors.md` lists the same codes. */
export const CLI_ERRORS = {
  ERR_CLI_FILE: 'a file named on the command line cannot be read or written',
  ERR_CLI_LOG: 'no log was named: neither as an argument nor in AUDIT_LOG',
  ERR_CLI_MARK: 'no high-water mark was named, or one of a kind that this version does not open',
  ERR_CLI_OPTION: 'an option has a value it cannot have, or goes without another that it needs',
  ERR_CLI_SIGNER: 'a signer is named in a way that does not open one, or is not registered for what it is needed for',
} as const;

/** A stable error code of this package. */
export type CliErrorCode = keyof typeof CLI_ERRORS;

/** The one error class of this package: what was asked for cannot be meant. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly code: CliErrorCode;
  readonly field: string | undefined;

  constructor(code: CliErrorCode, message: string, field?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.field = field;
  }
}

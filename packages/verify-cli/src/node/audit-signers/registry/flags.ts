import { isKid } from '@countersign/signer-registry/registry/parse-signer';
import { isPurpose } from '@countersign/signer-registry/registry/purpose';
import type { Purpose } from '@countersign/proof-core/ports';
import { readBound } from '../../audit-verify/bound.ts';
import { CliError } from '../../errors.ts';

/** What every command that makes a version is told. */
export interface VersionFlags {
  /** `signers.json`; AUDIT_SIGNERS, or that name in this folder, when absent. */
  readonly registry?: string;
  /** Where the version goes until enough roots have signed it. */
  readonly out?: string;
  /** Root key files: sign at once. */
  readonly key?: readonly string[];
  /** A new end of the registry itself. */
  readonly registryExpires?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The registry file that the flags, the environment or the usual name give. */
export function registryPath(flags: { readonly registry?: string }): string {
  const named = flags.registry ?? process.env['AUDIT_SIGNERS'];
  return named === undefined || named === '' ? 'signers.json' : named;
}

/** Reads a time as people write it. @returns RFC 3339 UTC with milliseconds */
export function readTime(text: string, option: string): string {
  const time = readBound(text, option);
  if (typeof time === 'string') return time;
  throw new CliError('ERR_CLI_OPTION', `${option}: expected a time such as 2026-11-21T03:12:00Z`, option);
}

export function readPurpose(text: string, option = '--purpose'): Purpose {
  if (isPurpose(text)) return text;
  throw new CliError('ERR_CLI_OPTION', `${option}: expected a purpose such as checkpoint or license, got ${text.slice(0, 40)}`, option);
}

/** Reads `NAME=VALUE`; the name is a kid. */
export function readPair(text: string, option: string): readonly [kid: string, value: string] {
  const split = text.indexOf('=');
  const [kid, value] = [text.slice(0, Math.max(split, 0)), text.slice(split + 1)];
  if (isKid(kid) && value !== '') return [kid, value];
  throw new CliError('ERR_CLI_OPTION', `${option}: expected KID=VALUE`, option);
}

/** Reads a count of roots. */
export function readThreshold(text: string): number {
  if (/^[1-9][0-9]?$/.test(text)) return Number(text);
  throw new CliError('ERR_CLI_OPTION', '--threshold: expected a number from 1', '--threshold');
}

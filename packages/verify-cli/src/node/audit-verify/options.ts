import type { VerifyOptions } from '@countersign/audit-chain/verify/context';
import type { Level, Requirement } from '@countersign/audit-chain/verify/report';
import { CliError } from '../errors.ts';
import { readBound } from './bound.ts';
import { readDuration } from '../command/quantity.ts';
import { type OutsideFlags, readOutside } from './outside.ts';
import { type TrustFlags, readPin, readTrust } from './trust.ts';

/** The flags of `audit-verify SOURCE` as given. */
export interface SourceFlags extends TrustFlags, OutsideFlags {
  readonly databaseUrl?: string;
  readonly archive?: string;
  readonly endpoint?: string;
  readonly reconcile?: string;
  readonly chain?: string;
  readonly from?: string;
  readonly to?: string;
  readonly since?: string;
  readonly limit?: string;
  readonly previous?: string;
  readonly predecessor?: string;
  readonly saveCheckpoint?: string;
  readonly maxAge?: string;
  readonly require?: string;
  readonly checks?: Level;
  readonly engine?: 'node' | 'portable';
  readonly offline?: boolean;
  /** `--no-progress` makes it false. */
  readonly progress?: boolean;
  readonly json?: boolean;
}

const refuse = (option: string, expected: string): never => {
  throw new CliError('ERR_CLI_OPTION', `${option}: ${expected}`, option);
};

/**
 * The one source that was named: as argument, by `-d`, or by `-a`.
 *
 * @throws CliError ERR_CLI_OPTION none, several, one that needs the network with `--offline`
 */
export function chooseSource(argument: string | undefined, flags: SourceFlags): string {
  const named = [argument, flags.databaseUrl, flags.archive].filter((one) => one !== undefined);
  const [source, ...others] = named;
  if (source === undefined) refuse('SOURCE', 'name an archive, a log, a file, - or a database; --help shows examples');
  if (others.length > 0) refuse('SOURCE', 'expected one source: as argument, with -d or with -a');
  const scheme = /^([a-z][a-z0-9+]*):\/\//.exec(source!)?.[1];
  if (flags.databaseUrl !== undefined && scheme !== 'postgres' && scheme !== 'postgresql')
    refuse('--database-url', 'expected postgres://…');
  if (flags.offline === true && scheme !== undefined) refuse('--offline', `a ${scheme}:// source needs the network`);
  return source!;
}

/** What the flags ask of a verification. */
export async function readOptions(flags: SourceFlags): Promise<VerifyOptions> {
  const previous = await readPin(flags.previous);
  const required = flags.require === undefined ? undefined : readRequirements(flags.require);
  return {
    ...(await readTrust(flags)),
    ...(await readOutside(flags)),
    ...readRange(flags),
    level: flags.checks ?? 'default',
    ...(flags.chain === undefined ? {} : { chain: flags.chain }),
    ...(previous === undefined ? {} : { previous }),
    ...(required === undefined ? {} : { require: required }),
    ...(flags.maxAge === undefined
      ? {}
      : { freshSince: new Date(Date.now() - readDuration(flags.maxAge, '--max-age', { least: 1, most: 9_999_999 })).toISOString() }),
  };
}

function readRange({ from, to, since, limit }: SourceFlags): Pick<VerifyOptions, 'from' | 'to' | 'limit'> {
  if (from !== undefined && since !== undefined) refuse('--since', 'cannot be used together with --from');
  const start = from === undefined ? undefined : readBound(from, '--from');
  const time = since === undefined ? undefined : readBound(since, '--since');
  if (typeof time === 'number') refuse('--since', 'expected a time such as 2026-11-21T03:12:00Z; --from takes numbers');
  const count = limit === undefined ? undefined : Number(limit);
  if (limit !== undefined && !/^[1-9][0-9]{0,14}$/.test(limit)) refuse('--limit', 'expected a number of records, 1 or more');
  const first = start ?? time;
  return {
    ...(first === undefined ? {} : { from: first }),
    ...(to === undefined ? {} : { to: readBound(to, '--to') }),
    ...(count === undefined ? {} : { limit: count }),
  };
}

const REQUIREMENTS: readonly string[] = ['anchor', 'private', 'time', 'worm'] satisfies Requirement[];

/**
 * Reads `--require`.
 *
 * @throws CliError ERR_CLI_OPTION
 */
export function readRequirements(list: string): Requirement[] {
  const names = list.split(',');
  for (const name of names) if (!REQUIREMENTS.includes(name)) refuse('--require', `expected ${REQUIREMENTS.join(', ')}, got ${name}`);
  return names as Requirement[];
}

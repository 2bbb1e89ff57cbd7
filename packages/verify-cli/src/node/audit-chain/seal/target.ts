import { readFileSync } from 'node:fs';
import { type S3Place, type S3Writing, parseS3Url } from '@countersign/audit-chain/adapters/s3/client';
import { type S3Target, s3Target } from '@countersign/audit-chain/adapters/s3/target';
import { archiveAttestations } from '@countersign/audit-chain/archive/attest';
import { withRecovery } from '@countersign/audit-chain/archive/recovery-target';
import { type RetentionClass, parseRetentionClasses } from '@countersign/audit-chain/archive/retention-class';
import type { ArchiveTarget } from '@countersign/audit-chain/archive/target';
import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { openS3 } from '@countersign/audit-chain/node/s3/client';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import { CliError } from '../../errors.ts';

/** The flags that say where sealed segments go, and for how long. */
export interface TargetFlags {
  readonly to: string;
  readonly recovery?: string;
  readonly retentionClass?: string;
  readonly retentionClasses?: string;
  readonly acceptIrreversible?: boolean;
  readonly endpoint?: string;
}

/** A target that was opened. */
export interface OpenTarget {
  readonly target: ArchiveTarget;
  /** Where it lies, and in a second place: those in S3. */
  readonly places: readonly S3Target[];
  close(): void;
}

const refuse = (option: string, expected: string): CliError => new CliError('ERR_CLI_OPTION', `${option}: ${expected}`, option);

/** The flags of a command that can put something beside what was sealed: `--archive`, and those of a bucket. */
export type BesideFlags = Omit<TargetFlags, 'to' | 'acceptIrreversible'> & { readonly archive?: string };

/**
 * Puts the cosignatures and time stamps of a log beside the manifests of the archive that `--archive` names, and says how many were new.
 *
 * @throws what `openTarget` and `archiveAttestations` throw
 */
export async function putBeside(store: ChainStore, { archive, ...flags }: BesideFlags): Promise<void> {
  if (archive === undefined) return;
  const opened = await openTarget({ ...flags, to: archive }, '--archive');
  try {
    process.stdout.write(`${await archiveAttestations(store, opened.target)} new beside the manifests of ${archive}\n`);
  } finally {
    opened.close();
  }
}

/**
 * Opens what `--to` names: a directory, or `s3://BUCKET/PREFIX` with its retention class, and `--recovery` beside it.
 *
 * @param named how the option is called
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE; ChainError ERR_RETENTION_CLASS, ERR_PACKAGE_MISSING, ERR_ARCHIVE_BUCKET
 */
export async function openTarget(flags: TargetFlags, named = '--to'): Promise<OpenTarget> {
  if (!flags.to.startsWith('s3:')) {
    for (const [option, value] of Object.entries({ '--recovery': flags.recovery, '--retention-class': flags.retentionClass }))
      if (value !== undefined) throw refuse(option, `only with ${named} s3://…; a directory locks nothing`);
    return { target: folderTarget(flags.to), places: [], close: () => {} };
  }
  const place = placeOf(named, flags.to);
  const recovery = flags.recovery === undefined ? undefined : placeOf('--recovery', flags.recovery);
  const keep = retentionClassOf(flags);
  const client = await openS3(flags.endpoint === undefined ? {} : { endpoint: flags.endpoint });
  const open = (one: S3Place): S3Target => s3Target(client satisfies S3Writing, one, keep);
  const places = [open(place), ...(recovery === undefined ? [] : [open(recovery)])];
  const [main, second] = places;
  return { target: second === undefined ? main! : withRecovery(main!, second), places, close: () => client.destroy() };
}

function placeOf(option: string, url: string): S3Place {
  const place = parseS3Url(url);
  if (place === undefined) throw refuse(option, 'expected s3://BUCKET or s3://BUCKET/PREFIX');
  return place;
}

/**
 * The retention class that was named, from the file of classes.
 *
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE; ChainError ERR_RETENTION_CLASS
 */
export function retentionClassOf({
  retentionClass: name,
  retentionClasses: path = process.env['AUDIT_RETENTION_CLASSES'],
}: {
  readonly retentionClass?: string;
  readonly retentionClasses?: string;
}): RetentionClass {
  if (name === undefined) throw refuse('--retention-class', 'needed: how long something is locked has no default');
  if (path === undefined) throw refuse('--retention-classes', 'needed: the file of classes; or AUDIT_RETENTION_CLASSES');
  const classes = parseRetentionClasses(read(path));
  const found = classes.get(name);
  if (found === undefined) throw refuse('--retention-class', `expected one of ${[...classes.keys()].join(', ')}`);
  return found;
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CliError('ERR_CLI_FILE', `${path}: cannot be read (${code})`, '--retention-classes', cause);
  }
}

import { parseS3Url } from '@countersign/audit-chain/adapters/s3/client';
import type { RetentionClass } from '@countersign/audit-chain/archive/retention-class';
import { openS3 } from '@countersign/audit-chain/node/s3/client';
import { type LockOptions, inspectObjectLock } from '@countersign/audit-chain/object-lock/inspect';
import { type LockOutcome, type LockReport, directoryReport } from '@countersign/audit-chain/object-lock/report';
import { retentionClassOf } from '../audit-chain/seal/target.ts';
import { CliError } from '../errors.ts';
import { type Style, type Tone, plain, styleFor, wrap } from '../output/style.ts';

/** The flags of `audit-verify object-lock` as given. */
export interface ObjectLockFlags {
  readonly mode?: 'GOVERNANCE' | 'COMPLIANCE';
  readonly days?: string;
  readonly retentionClass?: string;
  readonly retentionClasses?: string;
  readonly newest?: string;
  readonly canary?: boolean;
  readonly endpoint?: string;
  readonly json?: boolean;
}

const refuse = (option: string, expected: string): CliError => new CliError('ERR_CLI_OPTION', `${option}: ${expected}`, option);

/** Runs `audit-verify object-lock TARGET`; gives the exit code. */
export async function verifyObjectLock(target: string, flags: ObjectLockFlags): Promise<number> {
  const policy = policyOf(flags);
  const report = await inspect(target, policy, flags);
  const width = Math.min(Math.max(process.stdout.columns ?? 100, 80), 120);
  const text =
    flags.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : format(report, styleFor(process.stdout, process.env), width);
  process.stdout.write(text);
  return report.exitCode;
}

async function inspect(target: string, policy: RetentionClass, flags: ObjectLockFlags): Promise<LockReport> {
  const options = optionsOf(flags);
  if (!target.startsWith('s3:')) return directoryReport(target, policy);
  const place = parseS3Url(target);
  if (place === undefined) throw refuse('TARGET', 'expected a directory, s3://BUCKET or s3://BUCKET/PREFIX');
  const client = await openS3(flags.endpoint === undefined ? {} : { endpoint: flags.endpoint });
  try {
    return await inspectObjectLock(client, place, policy, options);
  } finally {
    client.destroy();
  }
}

function policyOf(flags: ObjectLockFlags): RetentionClass {
  const { mode, days } = flags;
  if (mode === undefined && days === undefined) return retentionClassOf(flags);
  if (flags.retentionClass !== undefined) throw refuse('--retention-class', 'cannot be used together with --mode and --days');
  if (mode === undefined || days === undefined) throw refuse(mode === undefined ? '--mode' : '--days', '--mode and --days go together');
  return { mode, days: countOf(days, '--days', 36_500) };
}

function optionsOf({ newest, canary }: ObjectLockFlags): LockOptions {
  return {
    ...(newest === undefined ? {} : { newest: countOf(newest, '--newest', Number.MAX_SAFE_INTEGER) }),
    ...(canary === undefined ? {} : { canary }),
  };
}

function countOf(text: string, option: string, most: number): number {
  const count = /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most) throw refuse(option, `expected a whole number, 1 to ${most}`);
  return count;
}

const TONES: { readonly [outcome in LockOutcome]: Tone } = { pass: 'good', fail: 'bad', unknown: 'warn', skipped: 'dim' };

const VERDICTS: { readonly [verdict in LockReport['verdict']]: readonly [label: string, tone: Tone] } = {
  met: ['WRITE-ONCE MET', 'good'],
  'not met': ['POLICY NOT MET', 'bad'],
  unreadable: ['UNREADABLE', 'bad'],
  unknown: ['UNKNOWN', 'warn'],
};

/** Writes a report for people; the verdict is the last line. */
function format({ target, policy, verdict, checks, objects }: LockReport, style: Style, width: number): string {
  const indent = 30;
  const lines = checks.flatMap(({ check, outcome, message, objects: keys = [] }) => {
    const [first = '', ...more] = wrap(plain(message), indent, width);
    const head = `  ${check.padEnd(18)} ${style(TONES[outcome], outcome.padEnd(8))} ${first.trimStart()}`;
    return [head, ...more, ...keys.map((key) => style('dim', `${' '.repeat(indent)}${plain(key)}`))];
  });
  const [label, tone] = VERDICTS[verdict];
  const looked = `${objects} object${objects === 1 ? '' : 's'} looked at`;
  return [
    `${style('strong', plain(target))}, policy: ${policy.mode} for ${policy.days} days`,
    '',
    ...lines,
    '',
    `${style(tone, label)}  ${plain(target)}, ${looked}`,
    '',
  ].join('\n');
}

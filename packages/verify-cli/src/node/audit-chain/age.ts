import { isTime } from '@countersign/proof-core/record/time';
import { CliError } from '../errors.ts';

const DAY_MS = 86_400_000;

/**
 * The time that `--older-than` names: a time, or how many days ago.
 *
 * @param value `400d`, or RFC 3339 UTC with milliseconds
 * @returns RFC 3339 UTC with milliseconds
 * @throws CliError ERR_CLI_OPTION
 * @example timeOf('400d')
 */
export function timeOf(value: string): string {
  const days = /^([1-9][0-9]{0,4})d$/.exec(value)?.[1];
  if (days !== undefined) return new Date(Date.now() - Number(days) * DAY_MS).toISOString();
  if (isTime(value)) return value;
  throw new CliError('ERR_CLI_OPTION', '--older-than: expected days such as 400d, or 2026-11-21T03:12:00.123Z', '--older-than');
}

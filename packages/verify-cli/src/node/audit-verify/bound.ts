import type { Bound } from '@countersign/audit-chain/verify/report';
import { CliError } from '../errors.ts';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads the value of `--from` or `--to`: digits are a record number, anything else RFC 3339.
 *
 * @returns the number, or the time in UTC with milliseconds
 * @throws CliError ERR_CLI_OPTION
 * @example readBound('2026-11-21T04:12:00+01:00', '--from') // '2026-11-21T03:12:00.000Z'
 */
export function readBound(text: string, option: string): Bound {
  if (/^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  // Date.parse takes 24:00 and rolls 30 February over; the calendar part must come back as it went in.
  const milliseconds = TIME.test(text) ? Date.parse(text) : Number.NaN;
  const local = text.slice(0, 19);
  const back = Number.isNaN(milliseconds) ? '' : new Date(Date.parse(`${local}Z`)).toISOString().slice(0, 19);
  if (back !== local || new Date(milliseconds).toISOString().length !== 24) {
    throw new CliError('ERR_CLI_OPTION', `${option}: expected a record number or a time such as 2026-11-21T03:12:00Z`, option);
  }
  return new Date(milliseconds).toISOString();
}

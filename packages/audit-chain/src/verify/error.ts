import { isChainId } from '@countersign/proof-core/record/chain-id';
import { isTime } from '@countersign/proof-core/record/time';
import { ChainError } from '../errors.ts';
import type { VerifyOptions } from './context.ts';
import type { Bound, Report } from './report.ts';

/**
 * What the `verify…` functions throw when the verdict is not *verified*; the report says everything.
 *
 * @example if (error instanceof VerificationError) console.error(error.report.summary);
 */
export class VerificationError extends Error {
  override readonly name: string = 'VerificationError';
  readonly report: Report;

  constructor(report: Report) {
    super(report.summary);
    this.report = report;
  }
}

/** Refuses options that make no sense; never anything about the source. */
export function refuseOptions(field: string, expected: string, actual: string | number): never {
  throw new ChainError('ERR_VERIFY_OPTIONS', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

/**
 * Checks the options of a verification.
 *
 * @throws ChainError ERR_VERIFY_OPTIONS
 */
export function checkOptions({ chain, from, to, previous, freshSince }: VerifyOptions): void {
  if (chain !== undefined && !isChainId(chain)) refuseOptions('chain', 'a chain id such as log.example.com/audit', 'another text');
  for (const [name, bound] of [['from', from], ['to', to]] as const) if (bound !== undefined) checkBound(name, bound); // prettier-ignore
  if (from !== undefined && to !== undefined) {
    if (typeof from !== typeof to) refuseOptions('to', 'a bound of the same kind as from', typeof to);
    if (typeof from === 'number' ? from > (to as number) : from >= (to as string)) refuseOptions('to', 'a bound after from', to);
  }
  if (freshSince !== undefined && !isTime(freshSince)) refuseOptions('freshSince', 'RFC 3339 UTC with milliseconds', freshSince);
  if (previous !== undefined && chain !== undefined && previous.chain !== chain)
    refuseOptions('previous', `a checkpoint of ${chain}`, previous.chain);
}

function checkBound(name: string, bound: Bound): void {
  const holds = typeof bound === 'number' ? Number.isSafeInteger(bound) && bound >= 0 : isTime(bound);
  if (!holds) refuseOptions(name, 'a record number, or RFC 3339 UTC with milliseconds', String(bound));
}

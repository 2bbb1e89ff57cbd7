import type { VerifyOptions } from './context.ts';
import { refuseOptions } from './error.ts';

/**
 * Turns `limit` into the bound that it means: at most so many records from the first one asked for. A source that ends before is not short.
 * Beside times it stays: where they lie, the records tell.
 *
 * @throws ChainError ERR_VERIFY_OPTIONS with no number of records
 */
export function withLimit<Options extends VerifyOptions>(options: Options): Options {
  const { from = 0, to, limit } = options;
  if (limit === undefined) return options;
  if (!Number.isSafeInteger(limit) || limit < 1) refuseOptions('limit', 'a number of records, 1 or more', String(limit));
  if (typeof from === 'string' || typeof to === 'string') return options;
  return { ...options, from, to: Math.min(to ?? Number.MAX_SAFE_INTEGER, from + limit - 1) };
}

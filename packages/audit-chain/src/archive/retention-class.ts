import { parseJson } from '@countersign/proof-core/json/parse';
import { ProofError } from '@countersign/proof-core/errors';
import { ChainError } from '../errors.ts';
import type { Retention } from './manifest.ts';

/** How long one kind of object is kept, and whether somebody with a permission may end that early (`GOVERNANCE`) or nobody (`COMPLIANCE`). */
export interface RetentionClass {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  /** Whole days, 1 to 36,500. */
  readonly days: number;
}

const DAY = 86_400_000;
const MOST_DAYS = 36_500;
const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/**
 * Reads a file of retention classes: `{"audit":{"mode":"COMPLIANCE","days":2557},"delivery":{"mode":"GOVERNANCE","days":400}}`. There is no
 * default: how long something cannot be deleted is never decided by silence.
 *
 * @throws ChainError ERR_RETENTION_CLASS naming the member
 * @see docs/operations/object-lock.md
 * @example parseRetentionClasses(bytes).get('audit') // { mode: 'COMPLIANCE', days: 2557 }
 */
export function parseRetentionClasses(bytes: Uint8Array): ReadonlyMap<string, RetentionClass> {
  let value: unknown;
  try {
    value = parseJson(bytes);
  } catch (error) {
    if (error instanceof ProofError) throw refused('file', 'a JSON object', error.code);
    throw error;
  }
  if (!isObject(value) || Object.keys(value).length === 0) throw refused('file', 'an object of classes', 'another');
  return new Map(Object.entries(value).map(([name, rule]) => [name, readClass(name, rule)]));
}

function readClass(name: string, rule: unknown): RetentionClass {
  if (!NAME.test(name)) throw refused('name', 'a-z, 0-9 and hyphens', name.slice(0, 40));
  if (!isObject(rule) || Object.keys(rule).sort().join() !== 'days,mode') throw refused(name, 'exactly the members days, mode', 'others');
  const { mode, days } = rule;
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') throw refused(`${name}.mode`, 'GOVERNANCE or COMPLIANCE', 'another');
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > MOST_DAYS)
    throw refused(`${name}.days`, `a whole number from 1 to ${MOST_DAYS}`, typeof days === 'number' ? days : 'another');
  return { mode, days };
}

/**
 * What something put at a time is kept under.
 *
 * @param now by the store's clock
 * @returns `until` in whole seconds, never earlier than `days` after `now`
 */
export function retentionFrom({ mode, days }: RetentionClass, now: Date): Retention {
  const until = Math.ceil((now.getTime() + days * DAY) / 1000) * 1000;
  return { mode, until: new Date(until).toISOString() };
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(field: string, expected: string, actual: string | number): ChainError {
  return new ChainError('ERR_RETENTION_CLASS', `retention class: ${field}: expected ${expected}`, { field, expected, actual });
}

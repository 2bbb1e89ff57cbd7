import { nameOf, s3Fault, statusOf } from '../adapters/s3/fault.ts';
import type { LockCheck, LockCheckName } from './report.ts';

/** What came of a question: an answer, that there is nothing, or that it may not be asked. */
export type Asked<T> = { readonly answer: T } | { readonly absent: true } | { readonly denied: true };

/**
 * Asks about a bucket. A missing permission is an answer of its own: nothing follows from it.
 *
 * @param absent names of errors that say that there is nothing
 * @throws ChainError when the store cannot be reached, knows no such bucket, or refuses the credentials as such
 */
export async function ask<T>(
  operation: string,
  bucket: string,
  question: () => Promise<T>,
  absent: readonly string[] = [],
): Promise<Asked<T>> {
  try {
    return { answer: await question() };
  } catch (error) {
    const name = nameOf(error);
    if (absent.includes(name)) return { absent: true };
    // Other refusals of the credentials (expired, unknown) are no missing permission.
    if (name === 'AccessDenied' || (statusOf(error) === 403 && (name === 'Forbidden' || name === 'no name'))) return { denied: true };
    throw s3Fault(error, { operation, bucket });
  }
}

/** A check that needs a permission which is missing. */
export function denied(check: LockCheckName, permission: string): LockCheck {
  return { check, outcome: 'unknown', message: `Unknown: these credentials have no ${permission}.` };
}

/** A check that passed, failed, … */
export function checked(check: LockCheckName, outcome: LockCheck['outcome'], message: string, objects: readonly string[] = []): LockCheck {
  return { check, outcome, message, ...(objects.length === 0 ? {} : { objects }) };
}

/** `1 object`, `2 objects`. */
export function counted(count: number, noun = 'object'): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

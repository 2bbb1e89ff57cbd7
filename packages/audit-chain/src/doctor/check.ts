/**
 * How a check went: `ok`, `warn` something to look at, `fail` something that stops appending or must not be, `skip` it does not apply here or
 * cannot be seen from here.
 */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skip';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
  /** The stored chain contradicts what was signed: no matter of operation. */
  readonly integrity?: true;
}

/** What an examination came to. */
export interface Examination {
  readonly checks: readonly Check[];
  /** 10 when a check fails because of integrity, 14 when another fails, else 0. */
  readonly exitCode: 0 | 10 | 14;
}

/** Sums up checks. */
export function conclude(checks: readonly Check[]): Examination {
  const failed = checks.filter(({ status }) => status === 'fail');
  return { checks, exitCode: failed.length === 0 ? 0 : failed.some(({ integrity }) => integrity) ? 10 : 14 };
}

const make =
  (name: string, status: CheckStatus) =>
  (detail: string, advice?: string): Check => ({ name, status, detail, ...(advice === undefined ? {} : { advice }) });

/** Makes the results of one check. */
export function checkOf(name: string): Readonly<Record<CheckStatus, (detail: string, advice?: string) => Check>> {
  return { ok: make(name, 'ok'), warn: make(name, 'warn'), fail: make(name, 'fail'), skip: make(name, 'skip') };
}

/** Seconds for people. */
export function seconds(milliseconds: number): string {
  if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds < 600_000) return `${Math.round(milliseconds / 1000)} s`;
  return milliseconds < 36_000_000 ? `${Math.round(milliseconds / 60_000)} min` : `${Math.round(milliseconds / 3_600_000)} h`;
}

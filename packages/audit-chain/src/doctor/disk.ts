import { type Check, checkOf } from './check.ts';

/** Room on the file system of something. */
export interface DiskSpace {
  /** What lies there: `database`, `high-water mark`. */
  readonly what: string;
  /** Bytes. */
  readonly free: number;
  readonly total: number;
}

const GIB = 2 ** 30;

/** Looks at free space: under 10 % or 1 GiB is a warning, under 2 % or 100 MiB fails. */
export function checkDisk(spaces: readonly DiskSpace[]): Check {
  const { ok, warn, fail, skip } = checkOf('disk');
  if (spaces.length === 0) return skip('the disk of the server cannot be seen from here: monitor it there');
  const detail = spaces.map(({ what, free }) => `${what}: ${(free / GIB).toFixed(1)} GiB free`).join(', ');
  const lacks = (share: number, bytes: number): boolean => spaces.some(({ free, total }) => free < bytes || free < total * share);
  const advice = 'make room: what does not fit is not acknowledged';
  if (lacks(0.02, GIB / 10)) return fail(detail, advice);
  return lacks(0.1, GIB) ? warn(detail, advice) : ok(detail);
}

import { expect, test } from 'vitest';
import { conclude } from '../../src/doctor/check.ts';
import { checkDisk } from '../../src/doctor/disk.ts';

const GIB = 2 ** 30;

test.each([
  [[], 'skip'],
  [[{ free: 50 * GIB, total: 100 * GIB }], 'ok'],
  [[{ free: 5 * GIB, total: 100 * GIB }], 'warn'],
  [[{ free: GIB / 2, total: 2 * GIB }], 'warn'],
  [[{ free: GIB, total: 100 * GIB }], 'fail'],
  [[{ free: GIB / 20, total: GIB / 10 }], 'fail'],
  [
    [
      { free: 50 * GIB, total: 100 * GIB },
      { free: 0, total: GIB },
    ],
    'fail',
  ],
] as const)('room %o is %s', (spaces, status) => {
  expect(checkDisk(spaces.map((space) => ({ what: 'database', ...space }))).status).toBe(status);
});

test('integrity comes before everything else', () => {
  const fail = { name: 'a', status: 'fail', detail: '' } as const;
  expect(conclude([{ ...fail, status: 'warn' }]).exitCode).toBe(0);
  expect(conclude([fail]).exitCode).toBe(14);
  expect(conclude([fail, { ...fail, integrity: true }]).exitCode).toBe(10);
});

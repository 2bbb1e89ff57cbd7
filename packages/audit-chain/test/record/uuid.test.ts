import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUuid, uuidV7, uuidV8 } from '../../src/record/uuid.ts';

const bitsOf = (uuid: string): bigint => BigInt(`0x${uuid.replaceAll('-', '')}`);

test('version 7 holds the milliseconds in its first 48 bits, then version and variant (RFC 9562 §5.7)', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (now) => {
      const uuid = uuidV7(now);
      const bits = bitsOf(uuid);
      expect(isUuid(uuid)).toBe(true);
      expect([Number(bits >> 80n), (bits >> 76n) & 15n, (bits >> 62n) & 3n]).toEqual([now, 7n, 2n]);
    }),
  );
  // RFC 9562 appendix A.6: 2022-02-22T19:22:22Z.
  expect(uuidV7(0x017f22e279b0)).toMatch(/^017f22e2-79b0-7/);
});

test('ids of one millisecond differ, and ids of a later one sort behind', () => {
  const now = Date.parse('2026-11-21T03:12:00.000Z');
  const ids = Array.from({ length: 10_000 }, () => uuidV7(now));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => id < uuidV7(now + 1))).toBe(true);
});

test('every bit of version 7 that is not fixed varies', () => {
  let ones = 0n;
  let zeros = 0n;
  const random = (1n << 80n) - 1n - (15n << 76n) - (3n << 62n);
  for (let i = 0; i < 1000; i++) {
    const bits = bitsOf(uuidV7(0));
    ones |= bits;
    zeros |= ~bits;
  }
  expect(ones & zeros & random).toBe(random);
});

test('version 8 is the first 16 bytes of a digest but for 6 bits (RFC 9562 §5.8), and leaves the digest alone', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 32 }), (digest) => {
      const before = digest.slice();
      const bits = bitsOf(uuidV8(digest));
      const fixed = (15n << 76n) | (3n << 62n);
      const given = BigInt(`0x${Buffer.from(digest.subarray(0, 16)).toString('hex')}`);
      expect([(bits >> 76n) & 15n, (bits >> 62n) & 3n, bits & ~fixed]).toEqual([8n, 2n, given & ~fixed]);
      expect(digest).toEqual(before);
    }),
  );
});

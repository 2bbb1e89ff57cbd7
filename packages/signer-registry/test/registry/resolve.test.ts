import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyQuery } from '@countersign/proof-core/ports';
import { coversPattern, isChainPattern, matchesChain } from '../../src/registry/chain-pattern.ts';
import { isTime } from '@countersign/proof-core/record/time';
import { type Loose, CHAIN, loose, parse, T } from '../support/registries.ts';

const ask = (change: object, query: Partial<KeyQuery>): unknown => {
  const members: Loose = loose();
  Object.assign(members.signers[3]!, change);
  const answer = parse(members).resolve({ kid: 'log-1', purpose: 'checkpoint', chain: CHAIN, ...query });
  return answer.trusted ? answer.time : answer.reason;
};

describe('a key asked for by time', () => {
  const window = { valid_from: T(10), valid_until: T(20) };
  const retired = { ...window, status: 'retired' };
  const revoked = { ...window, status: 'revoked', revoked: { at: T(15), reason: 'superseded' } };
  const compromised = { ...window, status: 'revoked', revoked: { at: T(15), reason: 'stolen', compromised_since: T(13) } };

  test.each([
    ['is trusted, time asserted, without bounds', window, {}, 'asserted'],
    ['is trusted, time asserted, with one bound', window, { earliest: T(12) }, 'asserted'],
    ['is trusted, time bounded, with both inside', window, { earliest: T(12), latest: T(13) }, 'bounded'],
    ['has an inclusive end', window, { earliest: T(20) }, 'asserted'],
    ['is expired once certainly later', window, { earliest: T(20, 1) }, 'expired'],
    ['has an inclusive beginning', window, { latest: T(10) }, 'asserted'],
    ['is not yet valid while certainly earlier', window, { latest: T(10, -1) }, 'not-yet-valid'],
    ['is not expired by an upper bound after its end', window, { earliest: T(12), latest: T(30) }, 'bounded'],
    ['is not too early by a lower bound before its beginning (a backlog signed later)', window, { earliest: T(1) }, 'asserted'],
    ['once retired still covers what it signed', retired, { earliest: T(19) }, 'asserted'],
    ['once retired covers nothing later', retired, { earliest: T(21) }, 'expired'],
    ['once revoked still covers what it signed', revoked, { earliest: T(15) }, 'asserted'],
    ['once revoked covers nothing later', revoked, { earliest: T(15, 1) }, 'revoked'],
    ['once compromised covers nothing without an upper bound', compromised, { earliest: T(11) }, 'compromised'],
    ['once compromised covers what is shown to be older', compromised, { earliest: T(11), latest: T(13, -1) }, 'bounded'],
    ['once compromised covers nothing from that instant on', compromised, { latest: T(13) }, 'compromised'],
    ['once compromised still has its window', compromised, { latest: T(9) }, 'not-yet-valid'],
    ['while pending is judged by its window alone', { ...window, status: 'pending' }, { latest: T(9) }, 'not-yet-valid'],
    [
      'while pending may be seen in use by a reader of an older registry',
      { ...window, status: 'pending' },
      { earliest: T(11) },
      'asserted',
    ],
    ['is unknown under another kid', {}, { kid: 'log-2' }, 'unknown'],
    ['has one purpose', {}, { purpose: 'segment' }, 'wrong-purpose'],
    ['has its chains', {}, { chain: 'example.com/other' }, 'wrong-chain'],
  ] as const)('%s', (_, change, query, answer) => {
    expect(ask(change, query)).toBe(answer);
  });

  test('refuses a bound in another spelling, because it would compare wrongly', () => {
    expect(() => ask({}, { earliest: '2026-01-01T00:00:00Z' })).toThrow(RangeError);
    expect(() => ask({}, { latest: '2026-01-01T00:00:00.000+01' })).toThrow(RangeError);
  });

  test('agrees with intervals of numbers, whatever the bounds', () => {
    const day = fc.integer({ min: 0, max: 9 });
    const maybe = fc.option(day, { nil: undefined });
    fc.assert(
      fc.property(day, maybe, maybe, maybe, maybe, maybe, (from, length, since, at, earliest, latest) => {
        const until = length === undefined ? undefined : from + length;
        const revokedAt = at === undefined ? undefined : from + at;
        const compromised = revokedAt === undefined || since === undefined ? undefined : Math.min(since, revokedAt);
        const change = {
          valid_from: T(from),
          ...(until === undefined ? {} : { valid_until: T(until) }),
          ...(revokedAt === undefined
            ? {}
            : {
                status: 'revoked',
                revoked: { at: T(revokedAt), reason: 'x', ...(compromised === undefined ? {} : { compromised_since: T(compromised) }) },
              }),
        };
        // Architecture §3.4, said once more with numbers.
        const lower = earliest ?? -Infinity;
        const upper = latest ?? Infinity;
        const expected =
          compromised !== undefined && !(upper < compromised)
            ? 'compromised'
            : lower > (revokedAt ?? Infinity)
              ? 'revoked'
              : lower > (until ?? Infinity)
                ? 'expired'
                : upper < from
                  ? 'not-yet-valid'
                  : earliest !== undefined && latest !== undefined
                    ? 'bounded'
                    : 'asserted';
        const query = {
          ...(earliest === undefined ? {} : { earliest: T(earliest) }),
          ...(latest === undefined ? {} : { latest: T(latest) }),
        };
        expect(ask(change, query)).toBe(expected);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a chain pattern', () => {
  test.each([
    ['example.com/audit', 'example.com/audit', true],
    ['example.com/audit', 'example.com/audit/eu', false],
    ['example.com/*', 'example.com/audit', true],
    ['example.com/*', 'example.com/eu/audit', true],
    ['example.com/*', 'example.com', false],
    ['example.com/*', 'example.comx/audit', false],
    ['example.com/*', 'evil.example.com/audit', false],
    ['*', 'anything', true],
  ])('%s names %s: %s', (pattern, chain, expected) => {
    expect(matchesChain(pattern, chain)).toBe(expected);
  });

  test.each(['', '**', '*/x', '/*', 'a*', 'a/*/b', 'a/./b', '../a', 'A.com', 'a//b', 'a/', 'a'.repeat(201)])('cannot be %j', (text) => {
    expect(isChainPattern(text)).toBe(false);
  });

  test('covers another exactly where it names all that the other names', () => {
    const id = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const pattern = fc.oneof(
      id,
      id.map((text) => `${text}/*`),
      fc.constant('*'),
    );
    const chains = [
      'a',
      'b',
      'a/a',
      'a/b',
      'b/a',
      'b/b',
      ...['a', 'b'].flatMap((x) => ['a', 'b'].flatMap((y) => ['a', 'b'].map((z) => `${x}/${y}/${z}`))),
    ];
    const deep = [...chains, ...chains.map((chain) => `${chain}/c`), 'c'];
    fc.assert(
      fc.property(pattern, pattern, (outer, inner) => {
        expect(coversPattern(outer, inner)).toBe(deep.every((chain) => !matchesChain(inner, chain) || matchesChain(outer, chain)));
      }),
    );
  });
});

test('times sort as the instants they name', () => {
  const instant = fc.date({ min: new Date('0000-01-01T00:00:00.000Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      expect(isTime(a.toISOString())).toBe(true);
      expect(a.toISOString() < b.toISOString()).toBe(a.getTime() < b.getTime());
    }),
  );
});

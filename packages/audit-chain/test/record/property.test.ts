import { parseRecord } from '@countersign/proof-core/record/parse';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { prepareEvent } from '../../src/record/event.ts';
import { recordOf } from './record-of.ts';

const CHAIN = 'example.com/log';

/** Numbers as JSON may hold them here. */
const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ min: -1e15, max: 1e15, noNaN: true, noDefaultInfinity: true }));
const short = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const { value } = fc.letrec((again) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constantFrom(null, true, false), number, fc.string({ unit: 'grapheme' })),
    fc.array(again('value'), { maxLength: 4 }),
    fc.dictionary(short, again('value'), { maxKeys: 4 }),
  ),
}));
const anyEvent = fc.record(
  {
    actor: short,
    id: fc.uuid(),
    occurred_at: fc
      .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    payload: fc.dictionary(short, value),
    private: fc.dictionary(short, value, { minKeys: 1, maxKeys: 3 }),
    subject: short,
    trace: short,
    type: fc.tuple(fc.constant('t'), word, word).map((words) => words.join('.')),
  },
  { requiredKeys: ['actor', 'payload', 'type'] },
);

test('whatever is accepted becomes a record that the verifier’s reader accepts, with the same values', () => {
  let accepted = 0;
  fc.assert(
    fc.property(anyEvent, (input) => {
      let prepared;
      try {
        prepared = prepareEvent(input, { chain: CHAIN, now: 0 });
      } catch (error) {
        // Integers beyond 2^53 − 1, __proto__: refused with a code, never something else.
        expect(String((error as { code?: unknown }).code)).toMatch(/^ERR_(EVENT|JSON)_/);
        return;
      }
      accepted++;
      const { event } = parseRecord(recordOf(prepared.bytes, CHAIN, 17));
      const { private: commitments, ...rest } = event;
      const { private: values, ...given } = input;
      // JSON has one zero.
      expect(rest).toEqual(JSON.parse(JSON.stringify({ id: prepared.id, ...given })));
      expect(Object.keys(commitments ?? {}).sort()).toEqual(Object.keys(values ?? {}).sort());
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(250);
});

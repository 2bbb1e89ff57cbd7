import * as fc from 'fast-check';
import stringify from 'fast-json-stable-stringify';
import { expect, test } from 'vitest';
import { canonicalize as portable } from '../../src/json/canonicalize.ts';
import { canonicalize as node } from '../../src/node/canonicalize.ts';
import { text } from './outcome.ts';
import { jsonValues } from './values.ts';

// Somebody else's writer: lax about what it accepts, so it is asked only about values that the strict writers accept.
test('fast-json-stable-stringify writes the same text for every value that is not refused', () => {
  fc.assert(
    fc.property(jsonValues, (value) => {
      const theirs = stringify(value);
      expect([text(node(value)), text(portable(value))]).toEqual([theirs, theirs]);
    }),
    { numRuns: 600 },
  );
});

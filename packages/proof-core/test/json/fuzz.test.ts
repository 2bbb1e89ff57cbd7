import * as fc from 'fast-check';
import { test } from 'vitest';
import { targets } from '../fuzz/json.ts';

// A short run of what `npm run fuzz` does at length.
test.each(targets)('$name holds for random and for mutated inputs', (target) => {
  const mutated = fc
    .tuple(fc.constantFrom(...target.seeds), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }))
    .map(([seed, changes]) => {
      const bytes = Uint8Array.from(seed);
      for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 40 })), (bytes) => target.run(bytes)),
    { numRuns: 1500 },
  );
});

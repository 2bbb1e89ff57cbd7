import { LANES_MODULE } from './lanes-module.ts';
import { openModule } from './wasm.ts';

interface LanesExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** See tools/wasm/lanes.mjs. */
  run(before: number, fours: number, out: number): void;
}

/** Hashes pairs as `Engine.nodesInto` does. */
export type HashPairs = (pairs: Uint8Array, pairsAt: number, count: number, out: Uint8Array, outAt: number) => void;

/** Behind the constants of the module, and one byte more. */
const PLACE = 272;
/** Pairs of one call: they and their hashes stay in the first-level cache. */
const MOST = 256;

/**
 * Makes what hashes interior nodes four at a time in vector registers: three times as fast as one call of `crypto.hash` for each.
 *
 * @returns undefined where there is no WebAssembly (`node --jitless`) or the processor has no vector instructions for it
 * @see docs/design/decisions.md, 28
 * @internal
 */
export function openLanes(): HashPairs | undefined {
  const lanes = openModule(LANES_MODULE) as LanesExports | undefined;
  if (lanes === undefined) return undefined;
  const place = new Uint8Array(lanes.memory.buffer, PLACE, 64 * MOST);
  return (pairs, pairsAt, count, out, outAt) => {
    for (let done = 0; done < count; done += MOST) {
      const part = Math.min(MOST, count - done);
      const from = pairsAt + 64 * done;
      place.set(pairs.subarray(from, from + 64 * part));
      // A lane without a pair hashes what lay there before.
      lanes.run(PLACE - 1, Math.ceil(part / 4), PLACE);
      out.set(place.subarray(0, 32 * part), outAt + 32 * done);
    }
  };
}

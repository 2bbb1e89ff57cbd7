// Pieces of code that several functions have.
import { op } from '../assemble.mjs';

const { get, set, int, intAdd, intSubtract } = op;

export const advance = (local, by) => set(local, intAdd(get(local), by));
/** How many bytes there are, at most 16, before the first that is not so. */
export const countOf = (mask) => op.zeros(op.intXor(mask, int(-1)));
/** How many bytes at two places are the same, at most 16. */
export const sameBytes = (a, b) => countOf(op.mask(op.bytesEqual(op.load(get(a)), op.load(get(b)))));

/** A number that has a 1 bit for each byte of the vector that lies in one of these ranges. */
export const within = (vector, ...ranges) =>
  op.mask(
    ranges
      .map(([from, to]) =>
        op.bytesLess(op.bytesSubtract(vector, op.all(from.charCodeAt(0))), op.all(to.charCodeAt(0) - from.charCodeAt(0) + 1)),
      )
      .reduce((a, b) => op.or(a, b)),
  );

/** Compares `left` bytes at `a` with those at `b`; all three locals, and `length`, are changed. `refuse` has to leave the function. */
export const compare = (a, b, left, length, refuse) =>
  op.loopWhile(
    [
      set(length, sameBytes(a, b)),
      op.when(
        op.greater(get(left), int(15)),
        [op.when(op.unequal(get(length), int(16)), refuse)],
        [op.when(op.less(get(length), get(left)), refuse), set(length, get(left))],
      ),
      advance(a, get(length)),
      advance(b, get(length)),
      set(left, intSubtract(get(left), get(length))),
    ],
    get(left),
  );

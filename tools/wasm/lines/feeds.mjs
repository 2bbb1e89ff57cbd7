import { op } from '../assemble.mjs';
import { LAYOUT } from './layout.mjs';
import { advance } from './pieces.mjs';

const { get, set, int, intAdd, intAnd, intSubtract, less, when } = op;
/** Parameters: the text [AT, TO), and how many line feeds are wanted. */
const [AT, TO, MOST] = [0, 1, 2];
const [FOUND, MASK] = [3, 4];

/** `feeds(at, to, most)`: writes where the first line feeds of the text lie to `ends`, at most so many, and gives their number. */
export const feeds = {
  parameters: 3,
  result: true,
  numbers: 2,
  vectors: 0,
  body: [
    when(
      less(get(AT), get(TO)),
      op.loopWhile(
        [
          set(MASK, op.mask(op.bytesEqual(op.load(get(AT)), op.all(0x0a)))),
          // The last sixteen bytes may reach beyond the text.
          when(
            less(intSubtract(get(TO), get(AT)), int(16)),
            set(MASK, intAnd(get(MASK), intSubtract(op.intLeft(int(1), intSubtract(get(TO), get(AT))), int(1)))),
          ),
          when(
            get(MASK),
            op.loopWhile(
              [
                op.intStore(op.intLeft(get(FOUND), int(2)), LAYOUT.ends, intAdd(get(AT), op.zeros(get(MASK)))),
                advance(FOUND, int(1)),
                when(op.equal(get(FOUND), get(MOST)), op.giveBack(get(FOUND))),
                set(MASK, intAnd(get(MASK), intSubtract(get(MASK), int(1)))),
              ],
              get(MASK),
            ),
          ),
          advance(AT, int(16)),
        ],
        less(get(AT), get(TO)),
      ),
    ),
    op.giveBack(get(FOUND)),
  ],
};

import { equalBytes } from '../bytes/compare.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import { verifyConsistency } from '../merkle/consistency.ts';
import type { Mark } from '../ports.ts';

/**
 * What a step of a high-water mark is: the mark moves; the same checkpoint is signed again; a smaller tree; a tree that does not
 * continue the one already signed.
 */
export type MarkStep =
  | { readonly kind: 'moves' }
  | { readonly kind: 'stays' }
  | { readonly kind: 'smaller' }
  | { readonly kind: 'forked'; /** Why the proof does not connect the two. */ readonly cause: ProofError };

/**
 * Judges a step of a high-water mark: the one rule that every `HighWaterMark` applies. Only `moves` and `stays` may be signed.
 *
 * @param present the mark as it stands; undefined before the first
 * @param next the checkpoint that is to be signed: size 1 or more, a root of 32 bytes
 * @param proof the consistency proof (RFC 6962 §2.1.2) from `present` to `next`; looked at only when the tree grows
 * @throws RangeError or TypeError for a `next` that is no mark, or one of another origin than `present`
 * @see architecture §4
 * @example if (judgeMark(present, next, proof).kind === 'moves') await write(next);
 */
export function judgeMark(present: Mark | undefined, next: Mark, proof: readonly Uint8Array[], engine: Engine = defaultEngine): MarkStep {
  if (!Number.isSafeInteger(next.size) || next.size < 1) throw new RangeError(`mark: expected a size from 1 on, got ${next.size}`);
  if (next.root.length !== 32) throw new RangeError(`mark: expected a root of 32 bytes, got ${next.root.length}`);
  if (present === undefined) return { kind: 'moves' };
  if (present.origin !== next.origin) throw new TypeError('a mark is for one origin');
  if (next.size < present.size) return { kind: 'smaller' };
  if (next.size === present.size && equalBytes(next.root, present.root)) return { kind: 'stays' };
  try {
    verifyConsistency(present.size, present.root, next.size, next.root, proof, engine);
    return { kind: 'moves' };
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    return { kind: 'forked', cause };
  }
}

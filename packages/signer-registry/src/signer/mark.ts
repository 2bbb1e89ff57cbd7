import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { judgeMark } from '@countersign/proof-core/note/mark';
import type { Mark } from '@countersign/proof-core/ports';
import { RegistryError } from '../errors.ts';

const show = ({ size, root }: Mark): string => `size ${size}, root ${hexEncode(root)}`;

function refuse(present: Mark, next: Mark, expected: string, cause?: unknown): RegistryError {
  const message = `${next.origin}: expected ${expected}, got ${show(next)}`;
  return new RegistryError('ERR_SIGN_MARK', message, { field: next.origin, expected: show(present), actual: show(next), cause });
}

/**
 * Judges a step of a high-water mark (`judgeMark`): what a signing proxy asks before it will sign a checkpoint.
 *
 * @param present the mark as it stands; undefined before the first
 * @param proof consistency proof (RFC 6962 §2.1.2) from `present` to `next`; empty for the same size and root, and for the first
 * @returns whether the mark moves; false when the same checkpoint is signed again
 * @throws RegistryError ERR_SIGN_MARK a smaller size, or a root that the proof does not connect; both checkpoints are in the error
 * @example if (checkMark(present, next, proof)) await write(next);
 */
export function checkMark(present: Mark | undefined, next: Mark, proof: readonly Uint8Array[], engine: Engine = defaultEngine): boolean {
  const step = judgeMark(present, next, proof, engine);
  if (step.kind === 'smaller') throw refuse(present!, next, `a tree of ${present!.size} records or more`);
  if (step.kind === 'forked') throw refuse(present!, next, `a tree that continues ${show(present!)}`, step.cause);
  return step.kind === 'moves';
}

/**
 * Checks that a checkpoint is exactly what has been reserved: whoever signs has moved the mark first.
 *
 * @throws RegistryError ERR_SIGN_MARK
 * @example checkReserved(await marks.read(origin), checkpoint)
 */
export function checkReserved(present: Mark | undefined, next: Mark): void {
  if (present !== undefined && present.size === next.size && equalBytes(present.root, next.root)) return;
  const expected = present === undefined ? 'a checkpoint that has been reserved' : show(present);
  throw new RegistryError('ERR_SIGN_MARK', `${next.origin}: expected ${expected}, got ${show(next)}`, {
    field: next.origin,
    expected,
    actual: show(next),
  });
}

import { ProofError } from '@countersign/proof-core/errors';
import type { Purpose } from '@countersign/proof-core/ports';
import { RegistryError } from '../errors.ts';

/** One attempt to sign, for metrics: a latency histogram, and a counter `signing_errors_total{backend,reason}`. */
export interface SignObservation {
  readonly kid: string;
  /** Kind of backend: `kms`, `proxy`, `file` … */
  readonly backend: string;
  readonly purpose: Purpose;
  readonly milliseconds: number;
  /** Absent when it was signed; else a short stable label. */
  readonly reason?: string;
}

/** Where observations go. A hook must not throw; what it throws is dropped, because a metric must not stop a signature. */
export interface SignerHooks {
  readonly onSign?: (observation: SignObservation) => void;
}

/**
 * Names the reason of a failed signature as a label: the error's code in lower case without `err_`, or `aborted` or `internal`.
 *
 * @example reasonOf(new RegistryError('ERR_BACKEND_THROTTLED', '…')) // 'backend_throttled'
 */
export function reasonOf(error: unknown): string {
  if (error instanceof RegistryError || error instanceof ProofError) return error.code.slice('ERR_'.length).toLowerCase();
  return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'internal';
}

/** Tells a hook, whatever it does. */
export function observe(hooks: SignerHooks | undefined, observation: SignObservation): void {
  try {
    hooks?.onSign?.(observation);
  } catch {
    // A metric must not stop a signature.
  }
}

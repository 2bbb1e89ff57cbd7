import type { Attestation } from '../../store/attestation-store.ts';
import type { ArchiveRun, VerifyOptions } from '../context.ts';
import type { ArchiveSource } from '../ports.ts';

/** No attestation is longer, and none beyond so many is read: they lie in the open, and anybody may have put them there. */
export const MAX_ATTESTATION_BYTES = 65_536;
/** Of one segment. */
export const MAX_ATTESTATIONS = 64;

/** Reads what lies beside a manifest, of the kinds that the caller pins somebody for. */
export function attestationReader(source: ArchiveSource, { policy, timestamps, signal }: VerifyOptions): ArchiveRun['readAttestations'] {
  const wanted = [...(policy === undefined ? [] : ['.cosignature']), ...(timestamps === undefined ? [] : ['.timestamp'])];
  return async ({ attestations = [] }) => {
    const found: Attestation[] = [];
    const files = attestations.filter(({ path, size }) => size <= MAX_ATTESTATION_BYTES && wanted.some((ending) => path.endsWith(ending)));
    for (const { path, size } of files.slice(0, MAX_ATTESTATIONS)) {
      const content = await source.read(path, 0, size, signal === undefined ? {} : { signal });
      found.push({ kind: path.endsWith('.timestamp') ? 'timestamp' : 'cosignature', content: content.slice() });
    }
    return found;
  };
}

import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { inspectDocument } from '@countersign/proof-core/document/verify';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { KeyQuery, KeyResolution, KeyResolver } from '@countersign/proof-core/ports';
import { RegistryError, type RegistryErrorCode } from '../errors.ts';
import type { Registry } from './registry.ts';

/** Only the roots of a version answer for a registry; every other key it knows must still have signed correctly, but does not count. */
function rootsOf(registry: Registry): KeyResolver {
  const roots = new Set(registry.roots);
  return {
    entries: () => registry.entries().filter(({ kid }) => roots.has(kid)),
    resolve(query: KeyQuery): KeyResolution {
      if (roots.has(query.kid)) return registry.resolve(query);
      const entry = registry.signer(query.kid);
      return entry === undefined ? { trusted: false, reason: 'unknown' } : { trusted: false, entry, reason: 'wrong-purpose' };
    },
  };
}

/**
 * Checks that a registry document is signed by a threshold of the roots of `judge`: of itself, or of the version before.
 *
 * Keys of one operator count once; a key whose operator nobody names counts for itself. Roots are judged at the document's `issued_at`, so
 * that a root whose window has ended makes no further version.
 *
 * @param code what to throw where too few roots have signed
 * @throws RegistryError `code`; ProofError ERR_DOCUMENT_SIGNATURE, ERR_DOCUMENT_ALGORITHM, ERR_DOCUMENT_TYPE for a false signature or document
 */
export async function checkEndorsement(
  bytes: Uint8Array,
  issuedAt: string,
  judge: Registry,
  code: RegistryErrorCode,
  engine: Engine,
): Promise<void> {
  const report = await inspectDocument(
    bytes,
    { type: DOCUMENT_TYPES.signers, purpose: 'registry-root', resolver: rootsOf(judge), earliest: issuedAt, latest: issuedAt },
    engine,
  );
  const voices = new Set<string>();
  for (const finding of report.signatures) {
    if (finding.status === 'trusted') voices.add(finding.operator === '' ? `kid ${finding.kid}` : `operator ${finding.operator}`);
  }
  // A false signature or another type of document is worse than a missing signature.
  if (report.error !== undefined && (report.error.code !== 'ERR_SIGNER_UNTRUSTED' || report.document === undefined)) throw report.error;
  if (voices.size >= judge.threshold) return;
  const reasons = report.signatures
    .map((finding) => `${finding.kid}: ${finding.status === 'trusted' ? 'counts' : finding.reason}`)
    .join(', ');
  const expected = `${judge.threshold} distinct roots of version ${judge.version}`;
  const actual = reasons.length > 300 ? `${reasons.slice(0, 300)}…` : reasons;
  throw new RegistryError(code, `signatures: expected ${expected}, got ${voices.size} (${actual})`, {
    field: 'signatures',
    expected,
    actual,
    cause: report.error,
  });
}

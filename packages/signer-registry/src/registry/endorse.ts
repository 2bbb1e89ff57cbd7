import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { inspectDocument } from '@countersign/proof-core/document/verify';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { KeyQuery, KeyResolution } from '@countersign/proof-core/ports';
import { type RegistryErrorCode, unexpected } from '../errors.ts';
import type { Registry } from './registry.ts';

/**
 * Tells which keys of a registry have signed a registry document, whatever they may sign: what they count for is judged afterwards, once
 * by each version that must agree.
 *
 * @returns kids, in the order of the document; keys the registry does not know are left out
 * @throws ProofError ERR_DOCUMENT_SIGNATURE, ERR_DOCUMENT_ALGORITHM one signature by a known key is false; ERR_DOCUMENT_TYPE
 */
export async function kidsThatSigned(bytes: Uint8Array, registry: Registry, engine: Engine): Promise<string[]> {
  const resolver = {
    entries: () => registry.entries(),
    resolve({ kid }: KeyQuery): KeyResolution {
      const entry = registry.signer(kid);
      return entry === undefined ? { trusted: false, reason: 'unknown' } : { trusted: true, entry, time: 'asserted' };
    },
  };
  const report = await inspectDocument(bytes, { type: DOCUMENT_TYPES.signers, purpose: 'registry-root', resolver }, engine);
  // Nobody known has signed: that is an empty answer. Anything else is a false signature or another document.
  if (report.error !== undefined && (report.error.code !== 'ERR_SIGNER_UNTRUSTED' || report.document === undefined)) throw report.error;
  return report.signatures.filter(({ status }) => status === 'trusted').map(({ kid }) => kid);
}

/**
 * Checks that those who signed include a threshold of the roots of `judge`: of the version itself, or of the one before.
 *
 * Keys of one operator count once; a key whose operator nobody names counts for itself. Roots are judged at the document's `issued_at`, so
 * that a root whose window has ended makes no further version.
 *
 * @param kids the keys whose signatures hold
 * @param code what to throw where too few roots are among them
 * @throws RegistryError `code`
 */
export function checkEndorsement(kids: readonly string[], issuedAt: string, judge: Registry, code: RegistryErrorCode): void {
  const bounds = { purpose: 'registry-root', earliest: issuedAt, latest: issuedAt } as const;
  const roots = kids.filter((kid) => judge.roots.includes(kid) && judge.resolve({ kid, ...bounds }).trusted);
  const voices = new Set(roots.map((kid) => voiceOf(kid, judge.signer(kid)!.operator)));
  if (voices.size >= judge.threshold) return;
  throw unexpected(
    code,
    'signatures',
    `${judge.threshold} distinct roots of version ${judge.version}`,
    `${voices.size} (${roots.join(', ')})`,
  );
}

/** Whose voice a key is: its operator's where somebody says so, else its own. */
export function voiceOf(kid: string, operator: string): string {
  return operator === '' ? `kid ${kid}` : `operator ${operator}`;
}

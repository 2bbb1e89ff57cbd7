import { type SignatureFinding, inspectDocument } from '@countersign/proof-core/document/verify';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import type { FindingCode } from '../codes.ts';
import type { Run, Tally } from '../context.ts';
import type { Finding } from '../finding.ts';
import { distrustCode } from './distrust.ts';

/** What the pinned registry says about a signed document of a log. */
export interface JudgedDocument {
  readonly trusted: boolean;
  readonly findings: readonly Finding[];
}

/** The documents that a log's segment key signs, and the code for a signature on one that does not hold. */
const KINDS: { readonly [kind in 'segment-manifest' | 'extract' | 'evidence']: { readonly field: string; readonly code: FindingCode } } = {
  'segment-manifest': { field: 'manifest', code: 'MANIFEST_SIGNATURE' },
  extract: { field: 'extract', code: 'EXTRACT_SIGNATURE' },
  evidence: { field: 'evidence', code: 'EVIDENCE_SIGNATURE' },
};

/**
 * Judges the signatures of a segment manifest, an extract or an evidence pack by the pinned registry.
 *
 * @param bytes already known to be a signed document
 * @param earliest `link.time` of the last record it speaks of: it was not signed before
 */
export async function judgeDocument(
  run: Run,
  tally: Tally,
  kind: keyof typeof KINDS,
  bytes: Uint8Array,
  earliest: string | undefined,
): Promise<JudgedDocument> {
  const { resolver } = run.options;
  if (resolver === undefined) return { trusted: false, findings: [] };
  const policy = { type: DOCUMENT_TYPES[kind], purpose: 'segment', resolver, chain: run.chain } as const;
  const report = await inspectDocument(bytes, earliest === undefined ? policy : { ...policy, earliest }, run.engine);
  tally.signatures += report.signatures.filter(({ status }) => status === 'trusted' || status === 'invalid').length;
  if (report.trusted) return { trusted: true, findings: [] };
  const invalid = report.signatures.filter(({ status }) => status === 'invalid');
  const shown = invalid.length > 0 ? invalid : report.signatures.filter(({ status }) => status !== 'trusted');
  return { trusted: false, findings: shown.map((signature) => finding(signature, kind)) };
}

function finding(signature: SignatureFinding, kind: keyof typeof KINDS): Finding {
  const { field, code } = KINDS[kind];
  const { kid } = signature;
  if (signature.status === 'invalid') return { code, field: signature.reason, actual: kid };
  if (signature.status === 'untrusted') return { code: distrustCode(signature.reason), field, actual: kid };
  return { code: 'SIGNER_UNKNOWN', field, expected: 'an algorithm that this engine verifies', actual: kid };
}

import type { SignatureFinding } from '@countersign/proof-core/document/verify';
import { inspectDocument } from '@countersign/proof-core/document/verify';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import type { Run, Tally } from '../context.ts';
import type { Finding } from '../finding.ts';
import { distrustCode } from './distrust.ts';

/** What the pinned registry says about a segment manifest. */
export interface JudgedManifest {
  readonly trusted: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Judges the signatures of a segment manifest by the pinned registry.
 *
 * @param bytes the file, already known to be a signed document
 * @param earliest `link.time` of the segment's last record: the manifest was not signed before
 */
export async function judgeManifest(run: Run, tally: Tally, bytes: Uint8Array, earliest: string | undefined): Promise<JudgedManifest> {
  const { resolver } = run.options;
  if (resolver === undefined) return { trusted: false, findings: [] };
  const policy = { type: DOCUMENT_TYPES['segment-manifest'], purpose: 'segment', resolver, chain: run.chain } as const;
  const report = await inspectDocument(bytes, earliest === undefined ? policy : { ...policy, earliest }, run.engine);
  tally.signatures += report.signatures.filter(({ status }) => status === 'trusted' || status === 'invalid').length;
  if (report.trusted) return { trusted: true, findings: [] };
  const invalid = report.signatures.filter(({ status }) => status === 'invalid');
  const shown = invalid.length > 0 ? invalid : report.signatures.filter(({ status }) => status !== 'trusted');
  return { trusted: false, findings: shown.map(finding) };
}

function finding(signature: SignatureFinding): Finding {
  const { kid } = signature;
  if (signature.status === 'invalid') return { code: 'MANIFEST_SIGNATURE', field: signature.reason, actual: kid };
  if (signature.status === 'untrusted') return { code: distrustCode(signature.reason), field: 'manifest', actual: kid };
  return { code: 'SIGNER_UNKNOWN', field: 'manifest', expected: 'an algorithm that this engine verifies', actual: kid };
}

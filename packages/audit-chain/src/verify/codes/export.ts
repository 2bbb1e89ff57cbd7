import { type FindingKind, kind } from './kind.ts';

/** Findings about extracts and evidence packs: what left a log on demand. */
export type ExportCode =
  | 'EVIDENCE_FIELD'
  | 'EVIDENCE_MALFORMED'
  | 'EVIDENCE_SIGNATURE'
  | 'EXTRACT_FIELD'
  | 'EXTRACT_MALFORMED'
  | 'EXTRACT_SIGNATURE'
  | 'PRIVATE_DIFFERS'
  | 'REGISTRY_DIFFERS';

const AGAIN = 'Ask whoever exported it to do so again, and keep both files byte for byte; if it stays so, treat the source as altered.';

/** Findings about extracts and evidence packs: what each means and does. */
export const EXPORT_FINDINGS: { readonly [code in ExportCode]: FindingKind } = {
  EVIDENCE_FIELD: kind('evidence pack', 'integrity', 10, 'Something in an evidence pack contradicts what was signed for it.', AGAIN),
  EVIDENCE_MALFORMED: kind('evidence pack', 'integrity', 10, 'A line of an evidence pack is not of the strict form.', AGAIN),
  EVIDENCE_SIGNATURE: kind(
    'signature',
    'signerTrust',
    11,
    'An evidence pack carries a signature that its registered key does not verify.',
    AGAIN,
  ),
  EXTRACT_FIELD: kind('extract', 'integrity', 10, 'A member of an extract document contradicts what was read.', AGAIN),
  EXTRACT_MALFORMED: kind('extract', 'integrity', 10, 'The document of an extract is not of the strict form.', AGAIN),
  EXTRACT_SIGNATURE: kind('signature', 'signerTrust', 11, 'An extract carries a signature that its registered key does not verify.', AGAIN),
  PRIVATE_DIFFERS: kind(
    'private value differs',
    'integrity',
    10,
    'A private value, with its salt, is not the one that its record commits to.',
    AGAIN,
  ),
  REGISTRY_DIFFERS: kind(
    'registry',
    'signerTrust',
    11,
    'The pack was made under another registry of the version that is pinned: there are two of one version.',
    'Find out which one the roots have signed, and how the other came about.',
  ),
};

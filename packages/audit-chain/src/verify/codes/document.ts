import { type FindingKind, kind } from './kind.ts';

/** Findings about signed documents and checkpoints that are judged alone. */
export type DocumentCode =
  | 'ARTIFACT_DIFFERS'
  | 'CHECKPOINT_INCONSISTENT'
  | 'CONSISTENCY_UNKNOWN'
  | 'DOCUMENT_MALFORMED'
  | 'DOCUMENT_SIGNATURE'
  | 'DOCUMENT_TYPE'
  | 'EVIDENCE_NOTHING'
  | 'PREDECESSOR_DIFFERS'
  | 'REGISTRY_MALFORMED'
  | 'REGISTRY_UNPINNED'
  | 'REGISTRY_UNTRUSTED'
  | 'SIGNERS_SHORT';

const ASK = 'Ask who gave it to you for the file again; it must be kept byte for byte.';

/** Findings about signed documents and checkpoints that are judged alone: what each means and does. */
export const DOCUMENT_FINDINGS: { readonly [code in DocumentCode]: FindingKind } = {
  ARTIFACT_DIFFERS: kind('modified', 'integrity', 10, 'The artifact is not the one that the document names.', ASK),
  CHECKPOINT_INCONSISTENT: kind(
    'forked',
    'integrity',
    10,
    'The newer checkpoint does not continue the older one by the proof or the records given.',
    'Get the proof or the records from another copy: if they are right, the log showed two histories, and both notes are worth keeping.',
  ),
  CONSISTENCY_UNKNOWN: kind(
    'nothing to verify',
    'completeness',
    12,
    'Two checkpoints of different sizes say nothing of each other without the tree between them.',
    'Pass the records (--source) or a consistency proof (--proof).',
  ),
  DOCUMENT_MALFORMED: kind('modified', 'integrity', 10, 'The file is no signed document of the strict form.', ASK),
  DOCUMENT_SIGNATURE: kind(
    'signature',
    'signerTrust',
    11,
    'The document carries a signature that its registered key does not verify.',
    ASK,
  ),
  DOCUMENT_TYPE: kind(
    'wrong type',
    'integrity',
    10,
    'The document is of another type than was asked for; one type never passes for another.',
    'Check which file was meant.',
  ),
  EVIDENCE_NOTHING: kind(
    'nothing to verify',
    'completeness',
    12,
    'The evidence proves nothing: it is not of the form, its signatures are not by trusted keys, or what it holds can all be true.',
    'Check the signer registry and ask for the file again.',
  ),
  PREDECESSOR_DIFFERS: kind(
    'forked',
    'integrity',
    10,
    'Record 0 does not name the pinned chain as its predecessor, at the size and root of the newest checkpoint that was signed for it.',
    'Ask the operator which chain this one succeeds: what was signed for the old chain beyond the size that is named was left out.',
  ),
  REGISTRY_MALFORMED: kind(
    'modified',
    'integrity',
    10,
    'The file is no signer registry of the strict form, or breaks one of its rules.',
    ASK,
  ),
  REGISTRY_UNPINNED: kind(
    'registry',
    'signerTrust',
    12,
    'A registry is signed by its own roots: that alone proves nothing.',
    'Pass --pin or --previous, from a source that you trust.',
  ),
  REGISTRY_UNTRUSTED: kind(
    'registry rolled back or forged',
    'signerTrust',
    11,
    'No steps signed on both sides lead from what was pinned to this registry.',
    'Do not use it. Ask whoever holds the root keys which version is current.',
  ),
  SIGNERS_SHORT: kind(
    'signature',
    'signerTrust',
    11,
    'Fewer trusted keys signed than were asked for.',
    'Wait for the other signatures, or ask for a smaller threshold if that is what your policy says.',
  ),
};

import { COMPARE, type FindingKind, ROTATION, kind } from './kind.ts';

/** Findings about signatures, signers, and what a verdict needs beside them. */
export type TrustCode =
  | 'CHECKPOINT_DIFFERS'
  | 'CHECKPOINT_MALFORMED'
  | 'CHECKPOINT_SIGNATURE'
  | 'CHECKPOINT_STALE'
  | 'COSIGNATURE_INVALID'
  | 'MANIFEST_SIGNATURE'
  | 'NOTHING_TO_VERIFY'
  | 'NO_CHECKPOINT'
  | 'NO_REGISTRY'
  | 'NOT_WRITE_ONCE'
  | 'RANGE_SHORT'
  | 'REQUIREMENT_UNMET'
  | 'REGISTRY_STALE'
  | 'ROTATION_SIGNATURE'
  | 'SIGNER_CHAIN'
  | 'SIGNER_COMPROMISED'
  | 'SIGNER_EXPIRED'
  | 'SIGNER_NOT_YET_VALID'
  | 'SIGNER_PURPOSE'
  | 'SIGNER_REVOKED'
  | 'SIGNER_UNKNOWN'
  | 'SOURCE_UNREADABLE'
  | 'TIMESTAMP_INVALID'
  | 'TIMESTAMP_TEXT';

/** Findings about signatures, signers, and what a verdict needs beside them: what each means and does. */
export const TRUST_FINDINGS: { readonly [code in TrustCode]: FindingKind } = {
  CHECKPOINT_DIFFERS: kind(
    'checkpoint',
    'integrity',
    10,
    'A checkpoint names another origin, size or root than the thing that carries it.',
    COMPARE,
  ),
  CHECKPOINT_MALFORMED: kind('checkpoint', 'integrity', 10, 'A checkpoint is not a signed note of the strict form.', COMPARE),
  CHECKPOINT_SIGNATURE: kind(
    'signature',
    'signerTrust',
    11,
    'A checkpoint carries a signature that its registered key does not verify.',
    COMPARE,
  ),
  CHECKPOINT_STALE: kind(
    'stale',
    'completeness',
    12,
    'The newest trusted checkpoint is older than was asked for: what came later was not signed, was held back, or never happened.',
    'Ask the operator of the chain why nothing newer was signed; a quiet chain writes heartbeats when it is told to.',
  ),
  COSIGNATURE_INVALID: kind(
    'note',
    'time',
    0,
    'A cosignature that bears the name of a pinned witness does not hold; it does not count.',
    'Find out who put it there: what lies beside a note is protected by nobody but its own signature.',
  ),
  MANIFEST_SIGNATURE: kind(
    'signature',
    'signerTrust',
    11,
    'A segment manifest carries a signature that its registered key does not verify.',
    COMPARE,
  ),
  NOTHING_TO_VERIFY: kind(
    'nothing to verify',
    'completeness',
    12,
    'The source holds no record of the chain.',
    'Check the path and --chain; an emptied source looks like this too.',
  ),
  NO_CHECKPOINT: kind(
    'nothing to verify',
    'signerTrust',
    12,
    'No signed checkpoint covers these records: whatever they say of each other, anyone could have written them.',
    'Verify the archive or the log instead, or pin a checkpoint with --previous.',
  ),
  NO_REGISTRY: kind(
    'registry',
    'signerTrust',
    12,
    'No signer registry was pinned, so that no signature could be judged.',
    'Pass --signers FILE, with a registry that you got from a source you trust.',
  ),
  NOT_WRITE_ONCE: kind(
    'write-once',
    'writeOnce',
    13,
    'The source is no write-once storage, and that was required.',
    'Verify the copy in write-once storage; whoever owns this one can rewrite it.',
  ),
  RANGE_SHORT: kind(
    'range short of the request',
    'completeness',
    12,
    'The source does not hold the whole requested range.',
    'Ask for the missing segments, or for a smaller range.',
  ),
  REQUIREMENT_UNMET: kind(
    'requirement not met',
    'completeness',
    12,
    'Something that was required could not be established: the field says which.',
    'By name, anchor: pass --previous or --max-age. time: pass what a witness or a time stamp says. private: run where the private values are. worm: grant the permissions to read locks.',
  ),
  REGISTRY_STALE: kind(
    'registry stale',
    'signerTrust',
    12,
    'The pinned registry is older than the log: a signed record of the log introduces a key that it does not have.',
    'Get the present registry from the source that you trust, and run again with it.',
  ),
  ROTATION_SIGNATURE: kind(
    'signature',
    'signerTrust',
    11,
    'A record says that one signer follows another, and the signature of one of them does not hold.',
    'Ask Security what was done: whoever wrote the record did not hold both keys.',
  ),
  SIGNER_CHAIN: kind('signer', 'signerTrust', 11, 'The key is registered, but not for this chain.', ROTATION),
  SIGNER_COMPROMISED: kind(
    'signer',
    'signerTrust',
    11,
    'The key is marked compromised and nothing shows that it signed before.',
    'Get a checkpoint of the same chain under an uncompromised key; the records may still be genuine.',
  ),
  SIGNER_EXPIRED: kind('signer', 'signerTrust', 11, 'The key signed after the end of its validity.', ROTATION),
  SIGNER_NOT_YET_VALID: kind('signer', 'signerTrust', 11, 'The key signed before its validity began.', ROTATION),
  SIGNER_PURPOSE: kind('signer', 'signerTrust', 11, 'The key is registered, but not for this purpose.', ROTATION),
  SIGNER_REVOKED: kind('signer', 'signerTrust', 11, 'The key is revoked.', ROTATION),
  SIGNER_UNKNOWN: kind('signer', 'signerTrust', 11, 'No key of the pinned registry made this signature.', ROTATION),
  SOURCE_UNREADABLE: kind(
    'source',
    'completeness',
    14,
    'A part of the source could not be read.',
    'Mend the access (path, permissions, network) and run again; the records were not judged.',
  ),
  TIMESTAMP_INVALID: kind(
    'note',
    'time',
    0,
    'A time stamp beside a note does not hold under the pinned roots; it does not count.',
    'Pin the root of its authority with --tsa-roots if you trust it; else find out who put it there.',
  ),
  TIMESTAMP_TEXT: kind(
    'note',
    'time',
    0,
    'A trusted authority has stamped the text of a checkpoint, not the signed note: the tree was known by then, which says nothing of when it was signed.',
    'Nothing; to have the moment of signing bounded, let it be stamped with `audit-chain timestamp`.',
  ),
};

/** The axes of a report on which a finding can tell (architecture §5); `form` is the canonical-form check. */
export type Axis = 'integrity' | 'form' | 'signerTrust' | 'time' | 'writeOnce' | 'completeness';

/** What an exit code means: the first that applies of 10, 11, 13, 14, 12; 0 for findings that only inform. */
export type FindingExit = 10 | 11 | 13 | 14 | 12 | 0;

/** One kind of finding. */
export interface FindingKind {
  /** What happened, in the words of architecture §5. */
  readonly class: string;
  readonly axis: Axis;
  readonly exit: FindingExit;
  /** One sentence: what was seen. */
  readonly meaning: string;
  /** What a reader should do about it. */
  readonly action: string;
}

const RESTORE = 'Compare with another copy (write-once archive, backup, receipts); treat the copy that was checked as altered.';
const COMPARE = 'Fetch the segment again from write-once storage; if it stays different, treat the archive as altered.';
const ROTATION = 'Ask the operator of the chain which registry version covers it; pin that one only if you got it from a source you trust.';
const ISSUER = 'Report it to the operator of the chain: the writer, not the storage, made these bytes.';

function kind(classOf: string, axis: Axis, exit: FindingExit, meaning: string, action: string): FindingKind {
  return { class: classOf, axis, exit, meaning, action };
}

/** A stable code of a finding. */
export type FindingCode =
  | 'CHAIN_FORKED'
  | 'CHAIN_ROLLED_BACK'
  | 'CHECKPOINT_DIFFERS'
  | 'CHECKPOINT_MALFORMED'
  | 'CHECKPOINT_SIGNATURE'
  | 'FILE_DIGEST'
  | 'FILE_MISSING'
  | 'FILE_UNEXPECTED'
  | 'GZIP_FORM'
  | 'HEAD_TRUNCATED'
  | 'INDEX_FIELD'
  | 'INDEX_FRONTIER'
  | 'INDEX_MALFORMED'
  | 'INDEX_TILING'
  | 'LINE_OPEN'
  | 'MANIFEST_CHAIN'
  | 'MANIFEST_FIELD'
  | 'MANIFEST_MALFORMED'
  | 'MANIFEST_PLACE'
  | 'MANIFEST_SIGNATURE'
  | 'MEMBER_DAMAGED'
  | 'NO_CHECKPOINT'
  | 'NO_REGISTRY'
  | 'NOTHING_TO_VERIFY'
  | 'RANGE_SHORT'
  | 'RECORD_CHAIN'
  | 'RECORD_DELETED'
  | 'RECORD_DUPLICATED'
  | 'RECORD_FORM'
  | 'RECORD_INSERTED'
  | 'RECORD_MODIFIED'
  | 'RECORD_NOT_CANONICAL'
  | 'RECORD_REORDERED'
  | 'RESERVED_TYPE'
  | 'ROOT_DIFFERS'
  | 'SEGMENT_MISSING'
  | 'SEGMENT_OVERLAP'
  | 'SIGNER_CHAIN'
  | 'SIGNER_COMPROMISED'
  | 'SIGNER_EXPIRED'
  | 'SIGNER_NOT_YET_VALID'
  | 'SIGNER_PURPOSE'
  | 'SIGNER_REVOKED'
  | 'SIGNER_UNKNOWN'
  | 'SOURCE_UNREADABLE'
  | 'TAIL_TRUNCATED'
  | 'TAIL_UNSIGNED'
  | 'TIME_BACKWARDS';

/**
 * Every code that a report can hold; `docs/findings.md` lists the same (a test keeps them equal).
 *
 * @see docs/spec/report.md
 */
export const FINDINGS: { readonly [code in FindingCode]: FindingKind } = {
  CHAIN_FORKED: kind(
    'forked',
    'integrity',
    10,
    'The chain and the pinned checkpoint (or two notes) have different roots at one size.',
    'Keep both: together they prove that the log showed two histories. Stop relying on it.',
  ),
  CHAIN_ROLLED_BACK: kind(
    'rolled back',
    'integrity',
    10,
    'The log ends before the pinned checkpoint: an older state was put back.',
    RESTORE,
  ),
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
  FILE_DIGEST: kind('file digest', 'integrity', 10, 'A file differs from the digest in its segment manifest.', COMPARE),
  FILE_MISSING: kind('deleted', 'integrity', 10, 'A file of a segment is not there.', COMPARE),
  FILE_UNEXPECTED: kind(
    'note',
    'integrity',
    0,
    'The archive holds a file that belongs to no segment; it was not read.',
    'Find out who put it there; nothing in it is covered by a signature.',
  ),
  GZIP_FORM: kind(
    'file digest',
    'integrity',
    10,
    'A gzip member has another header, length or checksum than the format allows, or bytes between or after the members.',
    COMPARE,
  ),
  HEAD_TRUNCATED: kind('truncated head', 'integrity', 10, 'Records are missing at the beginning.', RESTORE),
  INDEX_FIELD: kind('index', 'integrity', 10, 'A member of the segment index contradicts the manifest or what was read.', COMPARE),
  INDEX_FRONTIER: kind('index', 'integrity', 10, 'The frontier in the segment index is not that of the records before it.', COMPARE),
  INDEX_MALFORMED: kind('index', 'integrity', 10, 'The segment index is not canonical JSON of the format.', COMPARE),
  INDEX_TILING: kind('index', 'integrity', 10, 'The members that the segment index lists do not tile the file.', COMPARE),
  LINE_OPEN: kind(
    'note',
    'integrity',
    0,
    'The last line has no line feed; its record was judged like every other.',
    'Nothing, if an editor or a transfer removed it.',
  ),
  MANIFEST_CHAIN: kind('manifest chain', 'integrity', 10, 'A segment manifest does not continue the one before it.', COMPARE),
  MANIFEST_FIELD: kind('manifest chain', 'integrity', 10, 'A member of the segment manifest contradicts what was read.', COMPARE),
  MANIFEST_MALFORMED: kind('manifest chain', 'integrity', 10, 'A segment manifest is not a signed document of the format.', COMPARE),
  MANIFEST_PLACE: kind(
    'manifest chain',
    'integrity',
    10,
    'A segment lies under a name that is not its own (chain, date or first record).',
    COMPARE,
  ),
  MANIFEST_SIGNATURE: kind(
    'signature',
    'signerTrust',
    11,
    'A segment manifest carries a signature that its registered key does not verify.',
    COMPARE,
  ),
  MEMBER_DAMAGED: kind(
    'file digest',
    'integrity',
    10,
    'A gzip member cannot be inflated to the length that the index gives; its records could not be read.',
    COMPARE,
  ),
  NO_CHECKPOINT: kind(
    'nothing to verify',
    'signerTrust',
    12,
    'No signed checkpoint covers these records: they agree with each other, but anyone could have written them.',
    'Verify the archive or the log instead, or pin a checkpoint with --previous.',
  ),
  NO_REGISTRY: kind(
    'registry',
    'signerTrust',
    12,
    'No signer registry was pinned, so that no signature could be judged.',
    'Pass --signers FILE, with a registry that you got from a source you trust.',
  ),
  NOTHING_TO_VERIFY: kind(
    'nothing to verify',
    'completeness',
    12,
    'The source holds no record of the chain.',
    'Check the path and --chain; an emptied source looks like this too.',
  ),
  RANGE_SHORT: kind(
    'range short of the request',
    'completeness',
    12,
    'The source does not hold the whole requested range.',
    'Ask for the missing segments, or for a smaller range.',
  ),
  RECORD_CHAIN: kind('inserted', 'integrity', 10, 'A record of another chain lies in this one.', RESTORE),
  RECORD_DELETED: kind('deleted', 'integrity', 10, 'Records are missing between two that are there.', RESTORE),
  RECORD_DUPLICATED: kind('duplicated', 'integrity', 10, 'A record is there twice.', RESTORE),
  RECORD_FORM: kind(
    'record not canonical',
    'form',
    10,
    'A record has a member that the format does not allow, lacks one, or one breaks its rule.',
    ISSUER,
  ),
  RECORD_INSERTED: kind('inserted', 'integrity', 10, 'A line is there that the chain does not have.', RESTORE),
  RECORD_MODIFIED: kind(
    'modified',
    'integrity',
    10,
    'A record is not the one that its successor, or the signed tail, names by hash.',
    RESTORE,
  ),
  RECORD_NOT_CANONICAL: kind(
    'record not canonical',
    'form',
    10,
    'A record is not RFC 8785 canonical JSON, so that two readers may take it for two different things.',
    ISSUER,
  ),
  RECORD_REORDERED: kind('reordered', 'integrity', 10, 'A record lies at another place than its own.', RESTORE),
  RESERVED_TYPE: kind(
    'reserved type misused',
    'form',
    10,
    'A record has a type of the library at a place, or with a name, that the library does not write.',
    ISSUER,
  ),
  ROOT_DIFFERS: kind('modified', 'integrity', 10, 'The records do not give the root that the checkpoint was signed for.', RESTORE),
  SEGMENT_MISSING: kind('deleted', 'integrity', 10, 'A whole segment is missing between two that are there.', COMPARE),
  SEGMENT_OVERLAP: kind(
    'forked',
    'integrity',
    10,
    'Two segments claim the same records.',
    'Keep both: if both signatures hold, they prove that the log showed two histories.',
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
  TAIL_TRUNCATED: kind('truncated tail', 'integrity', 10, 'Records are missing at the end.', RESTORE),
  TAIL_UNSIGNED: kind(
    'note',
    'completeness',
    0,
    'The log holds records newer than its newest checkpoint; they are chained, not signed.',
    'Nothing, while the log is in use: they are signed with the next checkpoint.',
  ),
  TIME_BACKWARDS: kind(
    'time runs backwards',
    'integrity',
    10,
    'A record entered the chain earlier than the one before it, by its own time.',
    ISSUER,
  ),
};

/**
 * What a code means and does.
 *
 * @example findingKind('RECORD_MODIFIED').exit // 10
 */
export function findingKind(code: FindingCode): FindingKind {
  return FINDINGS[code];
}

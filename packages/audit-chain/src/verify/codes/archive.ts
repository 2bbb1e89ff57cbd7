import { COMPARE, type FindingKind, RESTORE, kind } from './kind.ts';

/** Findings about the files of an archive. */
export type ArchiveCode =
  | 'ARCHIVE_RECORD_MISSING'
  | 'DATABASE_RECORD_MISSING'
  | 'FILE_DIGEST'
  | 'FILE_MISSING'
  | 'FILE_RECOMPRESSED'
  | 'FILE_UNEXPECTED'
  | 'GZIP_FORM'
  | 'INDEX_FIELD'
  | 'INDEX_FRONTIER'
  | 'INDEX_MALFORMED'
  | 'INDEX_TILING'
  | 'MANIFEST_CHAIN'
  | 'MANIFEST_FIELD'
  | 'MANIFEST_MALFORMED'
  | 'MANIFEST_PLACE'
  | 'MEMBER_DAMAGED'
  | 'RECORD_DIVERGES'
  | 'SEGMENT_MISSING'
  | 'SEGMENT_OVERLAP'
  | 'TAIL_UNSEALED';

/** Findings about the files of an archive: what each means and does. */
export const ARCHIVE_FINDINGS: { readonly [code in ArchiveCode]: FindingKind } = {
  ARCHIVE_RECORD_MISSING: kind(
    'deleted',
    'integrity',
    10,
    'The database has a record that the archive, which goes on behind it, does not have.',
    COMPARE,
  ),
  DATABASE_RECORD_MISSING: kind(
    'deleted',
    'integrity',
    10,
    'The archive has a record that the database lacks, and no signed record says that it was pruned.',
    RESTORE,
  ),
  FILE_DIGEST: kind('file digest', 'integrity', 10, 'A file differs from the digest in its segment manifest.', COMPARE),
  FILE_MISSING: kind('deleted', 'integrity', 10, 'A file of a segment is not there.', COMPARE),
  FILE_RECOMPRESSED: kind(
    'file digest',
    'integrity',
    10,
    'The stored file is not the one in its segment manifest, but its lines are: something between archive and reader compressed it anew.',
    'Read it again past proxies and caches that change content; if the archive itself has these bytes, find out who replaced the file.',
  ),
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
  INDEX_FIELD: kind('index', 'integrity', 10, 'A member of the segment index contradicts the manifest or what was read.', COMPARE),
  INDEX_FRONTIER: kind('index', 'integrity', 10, 'The frontier in the segment index is not that of the records before it.', COMPARE),
  INDEX_MALFORMED: kind('index', 'integrity', 10, 'The segment index is not canonical JSON of the format.', COMPARE),
  INDEX_TILING: kind('index', 'integrity', 10, 'The members that the segment index lists do not tile the file.', COMPARE),
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
  MEMBER_DAMAGED: kind(
    'file digest',
    'integrity',
    10,
    'A gzip member cannot be inflated to the length that the index gives; its records could not be read.',
    COMPARE,
  ),
  RECORD_DIVERGES: kind('modified', 'integrity', 10, 'Database and archive have different bytes for one record.', RESTORE),
  SEGMENT_MISSING: kind('deleted', 'integrity', 10, 'A whole segment is missing between two that are there.', COMPARE),
  SEGMENT_OVERLAP: kind(
    'forked',
    'integrity',
    10,
    'Two segments claim the same records.',
    'Keep both: if both signatures hold, they prove that the log showed two histories.',
  ),
  TAIL_UNSEALED: kind(
    'note',
    'completeness',
    0,
    'The database holds records that are not sealed to the archive yet.',
    'Nothing, while segments are sealed on schedule; otherwise look at the job that seals.',
  ),
};

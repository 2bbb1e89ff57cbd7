import { type FindingKind, ISSUER, RESTORE, kind } from './kind.ts';

/** Findings about records, links, the tree and receipts. */
export type RecordCode =
  | 'CHAIN_FORKED'
  | 'CHAIN_ROLLED_BACK'
  | 'COLUMN_DIFFERS'
  | 'HEAD_PRUNED'
  | 'HEAD_PRUNED_UNSIGNED'
  | 'HEAD_TRUNCATED'
  | 'ID_REPEATED'
  | 'LINE_OPEN'
  | 'PRIVATE_ABSENT'
  | 'PRIVATE_DIFFERS'
  | 'PRIVATE_PUT_BACK'
  | 'RECEIPT_INCLUSION'
  | 'RECEIPT_MALFORMED'
  | 'RECEIPT_PLACE'
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
  | 'TAIL_TRUNCATED'
  | 'TAIL_UNSIGNED'
  | 'TIME_BACKWARDS'
  | 'WAITING_MALFORMED';

/** Findings about records, links, the tree and receipts: what each means and does. */
export const RECORDS_FINDINGS: { readonly [code in RecordCode]: FindingKind } = {
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
  COLUMN_DIFFERS: kind(
    'column differs from record',
    'integrity',
    10,
    'A column of the database says something else than the record beside it.',
    'Trust the records, which are hashed and signed, not the column; find out who can write to the database.',
  ),
  HEAD_PRUNED: kind(
    'note',
    'completeness',
    0,
    'Records at the beginning were pruned from the database, and a signed record says so.',
    'Nothing; verify the archive for what was pruned: its newest segment then has the manifest digest that is shown.',
  ),
  HEAD_PRUNED_UNSIGNED: kind(
    'truncated head',
    'completeness',
    12,
    'Records are missing at the beginning, and the record that says they were pruned is not covered by a trusted checkpoint yet.',
    'Run again when the newest records are signed; if that does not come, treat the missing records as removed.',
  ),
  HEAD_TRUNCATED: kind('truncated head', 'integrity', 10, 'Records are missing at the beginning.', RESTORE),
  ID_REPEATED: kind('duplicated', 'integrity', 10, 'Two records have one event id.', ISSUER),
  LINE_OPEN: kind(
    'note',
    'integrity',
    0,
    'The last line has no line feed; its record was judged like every other.',
    'Nothing, if an editor or a transfer removed it.',
  ),
  PRIVATE_ABSENT: kind(
    'erased without record',
    'completeness',
    0,
    'A private value is not in the database, and no record says that it was erased.',
    'Put private values back from their backup; one that nobody has was erased by hand. To insist, pass --require private.',
  ),
  PRIVATE_DIFFERS: kind(
    'private value differs',
    'integrity',
    10,
    'A private value is not the one that its record commits to.',
    'Put private values back from their backup; treat the one that was found as altered.',
  ),
  PRIVATE_PUT_BACK: kind(
    'private value put back',
    'integrity',
    10,
    'A private value is there although a record says that it was erased.',
    'Erase it again, and find out who put it back: an import that knows the log does not.',
  ),
  RECEIPT_INCLUSION: kind(
    'modified',
    'integrity',
    10,
    'The record of a receipt is not in the tree of its checkpoint.',
    'Ask for the receipt again; a record or proof that was altered looks like this.',
  ),
  RECEIPT_MALFORMED: kind(
    'modified',
    'integrity',
    10,
    'A receipt, or the record in it, is not of the strict form.',
    'Ask for the receipt again; it must be kept byte for byte.',
  ),
  RECEIPT_PLACE: kind(
    'modified',
    'integrity',
    10,
    'The record of a receipt names another chain or place than its proof.',
    'Keep it: under a trusted signature it is evidence against the log. Ask the operator of the chain.',
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
  WAITING_MALFORMED: kind(
    'note',
    'completeness',
    0,
    'A row that waits for its place in the log passes for an event of the log itself, and is none: it excuses nothing, and no record will come of it.',
    'Run `audit-chain doctor`, and find out who can write to the table of waiting events; the next append puts the row aside.',
  ),
};

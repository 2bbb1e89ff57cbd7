/**
 * Indexes for reading by actor, subject and type: on pieces of the record itself, in the order of seq within each, so that pages follow each
 * other by key (`store/find.ts` explains the expressions; their text is frozen here).
 *
 * They cost a batch about as much as the two foreign keys did that go in return (measured: docs/operations/postgres.md): every function that
 * inserts a record or an id has locked the chain's row first or inserts a row that refers to it, and chains are never deleted. Keys differ by
 * seq, so there is nothing to deduplicate. Bytes are compared, whatever the collation of the database.
 */
export const READING = `
create index record_actor on countersign.record (chain, (left(split_part(record, '"', 6), 200)) collate "C", seq)
  with (deduplicate_items = off);
create index record_subject on countersign.record (chain, (left(split_part(split_part(record, ',"subject":"', -1), '"', 1), 200)) collate "C", seq)
  with (deduplicate_items = off) where record like '%,"subject":"%';
create index record_type on countersign.record (chain, (left(split_part(record, '"', -22), 200)) collate "C", seq)
  with (deduplicate_items = off);
`;

import { SERVER_START } from './server.ts';

// Lists travel as one text parameter with a line for each row: about twice as fast through `pg` as arrays (measured), and records
// have no line feed inside. bytea travels as hex text, which every driver passes alike.

/** The clock of the database, milliseconds since 1970. */
export const NOW = 'select (extract(epoch from clock_timestamp()) * 1000)::bigint as now';

/** $1 chain, $2 first seq, $3 count, $4 now, $5 records, $6 waiting, $7 ids, $8 root, $9 frontier, $10 tiles, $11 private. */
export const ADD_BATCH: string = `select countersign.add_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as now, ${SERVER_START} as start`;

/** $1 chain: locks it until the transaction ends, and tells its size and the time. */
export const LOCK_CHAIN = 'select size, now from countersign.lock_chain($1)';

/** $1 chain, $2 rows. */
export const WAITING = 'select n, id, event, private, by_library, digest from countersign.waiting_events($1, $2)';

/** $1 chain, $2 type, $3 rows: events of the library's own that wait; the type is what an event ends with. */
export const WAITING_OWN = `
select event from countersign.waiting
where chain = $1 and by_library and right(event, length($2) + 10) = '"type":"' || $2 || '"}' order by n limit $3`;

/** $1 chain, $2 ids and digests, $3 events, $4 private values as JSON: a line an event. */
export const LEAVE_EVENTS = 'select xid, fresh from countersign.leave_events($1, $2, $3, $4)';

/** The chains that have events waiting, and the first of each: one step in the index for a chain, however many wait in it. */
export const WAITING_CHAINS = `
with recursive first (chain, n) as (
  (select chain, n from countersign.waiting order by chain, n limit 1)
  union all
  select next.chain, next.n from first, lateral (
    select w.chain, w.n from countersign.waiting w where w.chain > first.chain order by w.chain, w.n limit 1
  ) next
)
select chain, n from first`;

/** $1 chain, $2 n, $3 reason. */
export const QUARANTINE = 'select countersign.put_aside($1, $2, $3)';

/** $1 transaction id: in progress, committed, aborted, or null. */
export const TRANSACTION_STATUS = 'select pg_xact_status($1::xid8) as status';

/** $1 chain, $2 ids, one a line. */
export const TAKEN_IDS = `
select e.id, encode(e.digest, 'hex') as digest, e.seq,
  e.seq is null and exists (select from countersign.quarantine q where q.chain = e.chain and q.id = e.id)
    and not exists (select from countersign.waiting w where w.chain = e.chain and w.id = e.id) as aside
from countersign.event_id e
join string_to_table($2, E'\\n') as t (line) on e.id = line::uuid
where e.chain = $1`;

/** $1 chain, $2 ids, one a line: those that transactions which have not ended hold. */
export const HELD_IDS = 'select id from countersign.held_ids($1, $2) as t (id)';

/** $1 chain, $2 size, $3 note. */
export const ADD_NOTE = 'select countersign.add_note($1, $2, $3) as added';

/**
 * $1 chain, $2 first seq, $3 end: one row with all of them, which costs a driver less than a row for each. Both ends are given, and no limit: the
 * embedded database has no statistics, and would sort all that is behind the first for every page.
 */
export const RECORDS = `
select string_agg(record || E'\\n', '' order by seq) as lines from countersign.record where chain = $1 and seq >= $2 and seq < $3`;

/** $1 chain, $2 first seq, $3 end: the first record between them. */
export const NEXT_RECORD = 'select min(seq) as seq from countersign.record where chain = $1 and seq >= $2 and seq < $3';

/** $1 chain, $2 seqs, one a line. */
export const RECORDS_AT = `
select r.seq, r.record from string_to_table($2, E'\\n') as t (line) join countersign.record r on r.chain = $1 and r.seq = line::bigint`;

/** $1 chain, $2 size or null for the newest. */
export const CHECKPOINT = `
select size, root, frontier from countersign.checkpoint where chain = $1 and ($2::bigint is null or size = $2) order by size desc limit 1`;

/** $1 chain, $2 the greatest size wanted, or null for the newest. */
export const NOTE = `
select size, note from countersign.note where chain = $1 and ($2::bigint is null or size <= $2) order by size desc limit 1`;

/** $1 chain, $2 size to be exceeded. */
export const NEXT_NOTE = 'select size, note from countersign.note where chain = $1 and size > $2 order by size limit 1';

/** $1 chain, $2 size to be exceeded: a page. */
export const NOTES = `
select size, note from countersign.note where chain = $1 and size > $2 order by size limit 1000`;

/** $1 chain, $2 level, $3 index. */
export const TILE = 'select hashes from countersign.tile where chain = $1 and level = $2 and index = $3';

/** $1 chain, $2 level, $3 first index, $4 end. */
export const TILE_ROOTS = 'select root from countersign.tile where chain = $1 and level = $2 and index >= $3 and index < $4 order by index';

/** $1 chain, $2 event id. */
export const PRIVATE_VALUES = `
select name, value, salt from countersign.private_value where chain = $1 and id = $2 and value is not null order by name`;

/** $1 chain, $2 seq. */
export const PRUNED = 'select first, last, target from countersign.pruned where chain = $1 and first <= $2 and last >= $2';

/** $1 chain: the first record that is still there. */
export const FIRST_STORED = 'select coalesce(max(last) + 1, 0) as first from countersign.pruned where chain = $1';

/** $1 chain, $2 first seq, $3 end, $4 bytes. */
export const FITTING = `
select count(*) as count from (
  select sum(octet_length(record) + 1) over (order by seq) as bytes from countersign.record where chain = $1 and seq >= $2 and seq < $3
) t where bytes <= $4`;

/** $1 chain, $2 target, $3 first, or null for all. */
export const SEGMENTS = `
select first, last, exported_at, encode(manifest, 'hex') as manifest from countersign.segment
where chain = $1 and target = $2 and ($3::bigint is null or first = $3) order by first`;

/** $1 chain, $2 target: the last segment that is sealed and what follows it, read from the end: however many there are. */
export const LAST_SEGMENTS = `
select first, last, exported_at, encode(manifest, 'hex') as manifest from countersign.segment
where chain = $1 and target = $2 and first >= coalesce((
  select first from countersign.segment where chain = $1 and target = $2 and manifest is not null order by first desc limit 1), 0)
order by first`;

/** $1 chain: the archives that it is sealed to. */
export const TARGETS = 'select distinct target from countersign.segment where chain = $1 order by target';

/** $1 chain, $2 target, $3 first, $4 last, $5 export time. Two processes may plan the same segment: the first one's range counts. */
export const PLAN_SEGMENT = `
insert into countersign.segment (chain, target, first, last, exported_at) values ($1, $2, $3, $4, $5) on conflict do nothing`;

/** $1 chain, $2 target, $3 first, $4 manifest digest, hex. */
export const SEAL_SEGMENT = `update countersign.segment set manifest = decode($4, 'hex') where chain = $1 and target = $2 and first = $3`;

/** $1 chain, $2 size, $3 kind, $4 content, hex. */
export const ADD_ATTESTATION = 'select countersign.add_attestation($1, $2, $3, $4) as added';

/** $1 chain, $2 size: the attestations of one note, in a fixed order. */
export const ATTESTATIONS = 'select kind, content from countersign.attestation where chain = $1 and size = $2 order by kind, digest';

/** $1 chain: the sizes of notes that have attestations. */
export const ATTESTED_SIZES = 'select distinct size from countersign.attestation where chain = $1 order by size';

/** $1 chain, $2 reason, $3 evidence. */
export const STOP_SIGNING = 'select countersign.stop_signing($1, $2, $3)';

/** $1 chain, $2 reason. */
export const RESUME_SIGNING = 'select countersign.resume_signing($1, $2) as ended';

/** $1 chain: the oldest stop that stands. */
export const STOP = `
select reason, evidence, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
from countersign.stop where chain = $1 and ended is null order by n limit 1`;

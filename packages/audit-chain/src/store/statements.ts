// Lists travel as one text parameter with a line for each row: about twice as fast through `pg` as arrays (measured), and records
// have no line feed inside. bytea travels as hex text, which every driver passes alike.

export const LOCK_HEAD = `
select coalesce((select max(size) from countersign.checkpoint where chain = c.id), 0) as size,
  (extract(epoch from clock_timestamp()) * 1000)::bigint as now
from countersign.chain c where c.id = $1 for update`;

/** $1 chain, $2 first seq, $3 records, $4 `id digest` lines, $5 size, $6 root, $7 frontier. */
export const ADD_BATCH = `
with ids as (
  insert into countersign.event_id (chain, id, digest, seq)
  select $1, split_part(line, ' ', 1)::uuid, decode(split_part(line, ' ', 2), 'hex'), $2::bigint + n - 1
  from string_to_table($4, E'\\n') with ordinality as t (line, n)
  on conflict (chain, id) do nothing returning 1
), records as (
  insert into countersign.record (chain, seq, record)
  select $1, $2::bigint + n - 1, line from string_to_table($3, E'\\n') with ordinality as t (line, n)
), checkpoints as (
  insert into countersign.checkpoint (chain, size, root, frontier) values ($1, $5, decode($6, 'hex'), decode($7, 'hex'))
)
select count(*) as inserted from ids`;

/** $1 chain, $2 ids, one a line, $3 first seq of a batch: the ids that were there before it; null for all. */
export const TAKEN_IDS = `
select e.id, encode(e.digest, 'hex') as digest, e.seq from countersign.event_id e
join string_to_table($2, E'\\n') as t (line) on e.id = line::uuid
where e.chain = $1 and (e.seq is null or $3::bigint is null or e.seq < $3)`;

/** $1 chain, $2 `level index root hashes` lines. */
export const ADD_TILES = `
insert into countersign.tile (chain, level, index, root, hashes)
select $1, split_part(line, ' ', 1)::integer, split_part(line, ' ', 2)::bigint,
  decode(split_part(line, ' ', 3), 'hex'), decode(split_part(line, ' ', 4), 'hex')
from string_to_table($2, E'\\n') as t (line)`;

/** $1 chain, $2 JSON array of {id, name, value, salt}. */
export const ADD_PRIVATE_VALUES = `
insert into countersign.private_value (chain, id, name, value, salt)
select $1, (v ->> 'id')::uuid, v ->> 'name', v ->> 'value', decode(v ->> 'salt', 'hex') from json_array_elements($2::json) as t (v)`;

export const ADD_NOTE = `
insert into countersign.note (chain, size, note) values ($1, $2, $3) on conflict (chain, size) do nothing`;

/** $1 chain, $2 first seq, $3 end, $4 rows. */
export const RECORDS = `
select seq, record from countersign.record where chain = $1 and seq >= $2 and seq < $3 order by seq limit $4`;

/** $1 chain, $2 seqs, one a line. */
export const RECORDS_AT = `
select r.seq, r.record from string_to_table($2, E'\\n') as t (line) join countersign.record r on r.chain = $1 and r.seq = line::bigint`;

export const CHECKPOINT = `
select size, root, frontier from countersign.checkpoint where chain = $1 and ($2::bigint is null or size = $2) order by size desc limit 1`;

export const NOTE = `
select size, note from countersign.note where chain = $1 and ($2::bigint is null or size <= $2) order by size desc limit 1`;

export const NOTES = `
select size, note from countersign.note where chain = $1 and size > $2 order by size limit 1000`;

export const NEXT_NOTE = 'select size, note from countersign.note where chain = $1 and size > $2 order by size limit 1';

export const TILE = 'select hashes from countersign.tile where chain = $1 and level = $2 and index = $3';

export const TILE_ROOTS = 'select root from countersign.tile where chain = $1 and level = $2 and index >= $3 and index < $4 order by index';

export const PRIVATE_VALUES = 'select name, value, salt from countersign.private_value where chain = $1 and id = $2 order by name';

export const SEGMENTS = `
select first, last, exported_at, encode(manifest, 'hex') as manifest from countersign.segment where chain = $1 and target = $2 order by first`;

export const PLAN_SEGMENT = 'insert into countersign.segment (chain, target, first, last, exported_at) values ($1, $2, $3, $4, $5)';

export const SEAL_SEGMENT = `update countersign.segment set manifest = decode($4, 'hex') where chain = $1 and target = $2 and first = $3`;

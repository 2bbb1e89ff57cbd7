/**
 * Lists of events left in one call, and batches that find waiting events and their ids by key: without statistics (a new database, the embedded
 * one) each batch read every id of its chain. `add_batch` is what it was to whoever calls it. Processes of an older version go on with
 * `add_waiting`.
 */
export const LISTS = `
-- Leaves events in the caller's transaction, in order: all of them, or none when an id is held already (fresh is false). A line each: "id digest",
-- the event, its private values as JSON or nothing; p_private is null when none has any.
create function countersign.leave_events(p_chain integer, p_ids text, p_events text, p_private text, out xid text, out fresh boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_ids text[] := string_to_array(p_ids, E'\\n');
  v_alone boolean;
  v_done integer;
begin
  xid := pg_current_xact_id()::text;
  fresh := true;
  if not exists (select from countersign.chain where id = p_chain) then
    raise exception using errcode = '22023', message = 'no such chain';
  end if;
  begin
    insert into countersign.event_id (chain, id, digest)
    select p_chain, left(t.line, 36)::uuid, decode(substr(t.line, 38), 'hex') from unnest(v_ids) as t (line)
    on conflict (chain, id) do nothing;
    get diagnostics v_done = row_count;
    if v_done <> array_length(v_ids, 1) then
      raise exception using errcode = 'CS004', message = 'an id is held';
    end if;
  exception
    when sqlstate 'CS004' then
      fresh := false;
      return;
  end;
  -- Ordered, so that it asks the index and nothing else: the table is full of what was taken since the last vacuum.
  v_alone := (select w.n from countersign.waiting w where w.chain = p_chain order by w.n limit 1) is null;
  insert into countersign.waiting (chain, id, event, private)
  select p_chain, left(t.line, 36)::uuid, t.event, nullif(t.private, '')
  from unnest(v_ids, string_to_array(p_events, E'\\n'), string_to_array(p_private, E'\\n')) with ordinality as t (line, event, private, i)
  order by t.i;
  -- NOTIFY makes commits queue up behind each other: only the first event of a row of them wakes the sequencer.
  if v_alone then
    perform pg_notify('countersign', p_chain::text);
  end if;
end $$;
-- The first events that wait, in order. By the index: without statistics each batch sorted all that waits, and read all that was taken since
-- the last vacuum.
create function countersign.waiting_events(
  p_chain integer, p_limit integer, out n bigint, out id uuid, out event text, out private text, out by_library boolean, out digest text)
returns setof record
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
begin
  return query
    select w.n, w.id, w.event, w.private, w.by_library,
      (select encode(e.digest, 'hex') from countersign.event_id e where e.chain = w.chain and e.id = w.id and e.seq is null)
    from countersign.waiting w where w.chain = p_chain order by w.n limit p_limit;
end $$;
-- Takes waiting rows away and gives their ids the places from p_first on; for add_batch alone. Row by row by their keys: told the chain, and
-- without statistics, the planner would read every id of it.
create function countersign.take_waiting(p_chain integer, p_first bigint, p_rows bigint[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off as $$
declare
  v_chain integer[] := array_fill(p_chain, array[array_length(p_rows, 1)]);
  v_done integer;
begin
  with taken as (
    delete from countersign.waiting w using unnest(v_chain, p_rows) with ordinality as t (chain, n, i)
    where w.chain = t.chain and w.n = t.n returning w.chain, w.id, t.i
  )
  update countersign.event_id e set seq = p_first + taken.i - 1 from taken where e.chain = taken.chain and e.id = taken.id and e.seq is null;
  get diagnostics v_done = row_count;
  return v_done;
end $$;
create or replace function countersign.add_batch(
  p_chain integer, p_first bigint, p_count integer, p_now bigint, p_records text, p_waiting text, p_ids text,
  p_root text, p_frontier text, p_tiles text, p_private text)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_size bigint;
  v_now bigint;
  v_waiting integer := 0;
  v_done bigint;
  v_rows bigint[] := string_to_array(p_waiting, E'\\n')::bigint[];
begin
  -- As lock_chain, which as a call of its own costs a third of a small batch.
  perform 1 from countersign.chain where id = p_chain for no key update;
  if not found then
    raise exception using errcode = '22023', message = 'no such chain';
  end if;
  select coalesce(max(c.size), 0) into v_size from countersign.checkpoint c where c.chain = p_chain;
  v_now := (extract(epoch from clock_timestamp()) * 1000)::bigint;
  if v_size <> p_first then
    raise exception using errcode = 'CS001', message = 'the head of the chain is elsewhere';
  end if;
  if abs(v_now - p_now) > 5000 then
    raise exception using errcode = 'CS003', message = 'clocks differ';
  end if;
  if p_waiting is not null then
    -- The first records are of waiting events, in the order of p_waiting: their ids are here already.
    v_waiting := countersign.take_waiting(p_chain, p_first, v_rows);
    if v_waiting <> array_length(v_rows, 1) then
      raise exception using errcode = 'CS002', message = 'waiting events have changed';
    end if;
  elsif (select w.n from countersign.waiting w where w.chain = p_chain order by w.n limit 1) is not null then
    raise exception using errcode = 'CS002', message = 'events wait';
  end if;
  if p_count > v_waiting then
    -- An open transaction may hold one of the ids. Waiting for it would hold up the chain: the batch gives up instead (55P03).
    perform set_config('lock_timeout', '50ms', true);
    insert into countersign.event_id (chain, id, digest, seq)
    select p_chain, split_part(line, ' ', 1)::uuid, decode(split_part(line, ' ', 2), 'hex'), p_first + v_waiting + i - 1
    from string_to_table(p_ids, E'\\n') with ordinality as t (line, i);
    get diagnostics v_done = row_count;
    if v_done <> p_count - v_waiting then
      raise exception using errcode = '22023', message = 'another number of ids than announced';
    end if;
  end if;
  insert into countersign.record (chain, seq, record)
  select p_chain, p_first + i - 1, line from string_to_table(p_records, E'\\n') with ordinality as t (line, i);
  get diagnostics v_done = row_count;
  if v_done <> p_count then
    raise exception using errcode = '22023', message = 'another number of records than announced';
  end if;
  insert into countersign.checkpoint (chain, size, root, frontier)
  values (p_chain, p_first + p_count, decode(p_root, 'hex'), decode(p_frontier, 'hex'));
  if p_tiles is not null then
    insert into countersign.tile (chain, level, index, root, hashes)
    select p_chain, split_part(line, ' ', 1)::integer, split_part(line, ' ', 2)::bigint,
      decode(split_part(line, ' ', 3), 'hex'), decode(split_part(line, ' ', 4), 'hex')
    from string_to_table(p_tiles, E'\\n') as t (line);
  end if;
  if p_private is not null then
    insert into countersign.private_value (chain, id, name, value, salt)
    select p_chain, (v ->> 'id')::uuid, v ->> 'name', v ->> 'value', decode(v ->> 'salt', 'hex') from json_array_elements(p_private::json) as t (v);
  end if;
  return v_now;
end $$;
alter function countersign.leave_events(integer, text, text, text) owner to countersign_owner;
alter function countersign.take_waiting(integer, bigint, bigint[]) owner to countersign_owner;
alter function countersign.waiting_events(integer, integer) owner to countersign_owner;
revoke all on function countersign.leave_events(integer, text, text, text), countersign.take_waiting(integer, bigint, bigint[]),
  countersign.waiting_events(integer, integer) from public;
grant execute on function countersign.leave_events(integer, text, text, text), countersign.waiting_events(integer, integer)
  to countersign_writer;
`;

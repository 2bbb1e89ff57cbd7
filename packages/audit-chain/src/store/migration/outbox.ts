/**
 * Waiting events and the one function that adds a batch. Its own SQLSTATEs: CS001 the head is elsewhere, CS002 events wait, CS003 clocks.
 * An id that is taken is a violation of event_id_pkey (23505).
 *
 * The function runs as its owner with a fixed search path; each of its statements sees what was committed before the lock was granted.
 */
export const OUTBOX = `
-- Events written in a caller's own transaction; they get their places in the order of n.
create table countersign.waiting (
  chain integer not null,
  n bigint generated always as identity,
  id uuid not null,
  event text not null check (octet_length(event) <= 65000),
  private text,
  primary key (chain, n)
);
-- Waiting rows that the library did not write: kept for whoever looks into it, never a record.
create table countersign.quarantine (
  chain integer not null,
  n bigint not null,
  id uuid not null,
  event text not null,
  reason text not null,
  at timestamptz not null default now(),
  primary key (chain, n)
);
-- NO KEY UPDATE: a transaction that plans a segment holds KEY SHARE on the chain's row and must not hold up batches.
create function countersign.lock_chain(p_chain integer, out size bigint, out now bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from countersign.chain where id = p_chain for no key update;
  select coalesce(max(c.size), 0) into size from countersign.checkpoint c where c.chain = p_chain;
  now := (extract(epoch from clock_timestamp()) * 1000)::bigint;
end $$;
create function countersign.add_batch(
  p_chain integer, p_first bigint, p_count integer, p_now bigint, p_records text, p_waiting text, p_ids text,
  p_root text, p_frontier text, p_tiles text, p_private text)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_size bigint;
  v_now bigint;
  v_waiting integer := 0;
  v_done bigint;
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
    with taken as (
      delete from countersign.waiting w using string_to_table(p_waiting, E'\\n') with ordinality as t (line, i)
      where w.chain = p_chain and w.n = t.line::bigint returning w.id, t.i
    )
    update countersign.event_id e set seq = p_first + taken.i - 1 from taken where e.chain = p_chain and e.id = taken.id and e.seq is null;
    get diagnostics v_waiting = row_count;
    if v_waiting <> array_length(string_to_array(p_waiting, E'\\n'), 1) then
      raise exception using errcode = 'CS002', message = 'waiting events have changed';
    end if;
  elsif exists (select from countersign.waiting where chain = p_chain) then
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
-- The ids that open transactions hold: found by inserting each, which waits for nobody longer than a moment, and undoing it.
create function countersign.held_ids(p_chain integer, p_ids text) returns setof text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_id text;
begin
  perform set_config('lock_timeout', '1ms', true);
  for v_id in select t.line from string_to_table(p_ids, E'\\n') as t (line) loop
    begin
      insert into countersign.event_id (chain, id, digest) values (p_chain, v_id::uuid, sha256(''));
      raise exception using errcode = 'CS004', message = 'free';
    exception
      when sqlstate 'CS004' or unique_violation then null;
      when lock_not_available then return next v_id;
    end;
  end loop;
end $$;
-- A note is published only above the newest, because an older root that a signed one covers is never signed for, and only for a checkpoint that
-- is there: a size that is not would keep every later note out. The commit need not wait for the disk: a note that is lost is signed again.
create function countersign.add_note(p_chain integer, p_size bigint, p_note text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into countersign.note (chain, size, note)
  select p_chain, p_size, p_note
  where exists (select from countersign.checkpoint where chain = p_chain and size = p_size)
    and not exists (select from countersign.note where chain = p_chain and size >= p_size)
  on conflict do nothing;
  return found;
end $$;
create function countersign.add_waiting(p_chain integer, p_id uuid, p_digest text, p_event text, p_private text, out xid text, out fresh boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_alone boolean;
begin
  xid := pg_current_xact_id()::text;
  insert into countersign.event_id (chain, id, digest) values (p_chain, p_id, decode(p_digest, 'hex')) on conflict (chain, id) do nothing;
  fresh := found;
  if fresh then
    if not exists (select from countersign.chain where id = p_chain) then
      raise exception using errcode = '22023', message = 'no such chain';
    end if;
    v_alone := not exists (select from countersign.waiting where chain = p_chain);
    insert into countersign.waiting (chain, id, event, private) values (p_chain, p_id, p_event, p_private);
    -- NOTIFY makes commits queue up behind each other: only the first event of a row of them wakes the sequencer.
    if v_alone then
      perform pg_notify('countersign', p_chain::text);
    end if;
  end if;
end $$;
`;

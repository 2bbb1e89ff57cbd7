/**
 * Nothing stored is ever changed (architecture §4): tables and functions belong to a role that nobody logs in as, triggers refuse whoever is
 * not that role, and what may be removed is removed by functions that leave their own event in the same transaction.
 *
 * SQLSTATEs: CS005 what is stored is not changed, CS010 the roles cannot be made or used, CS011 already erased, CS012 no such record,
 * CS013 not to be pruned or thinned, CS014 nothing to prune.
 *
 * Triggers test `current_user`, which inside a SECURITY DEFINER function is its owner, and never a setting, which anybody may make. They are
 * ENABLE ALWAYS: `session_replication_role` does not switch them off either. docs/operations/database-roles.md is for operators.
 */
export const IMMUTABILITY = `
-- Roles are the cluster's, not the database's: another database, or an administrator, may have made them already.
do $$
declare
  v_role text;
begin
  foreach v_role in array array['countersign_owner', 'countersign_writer', 'countersign_reader', 'countersign_retention'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
      begin
        execute pg_catalog.format('create role %I nologin', v_role);
      exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise exception using errcode = 'CS010', message = pg_catalog.format('the role %s is missing', v_role);
      end;
    end if;
    if exists (select from pg_catalog.pg_roles where rolname = v_role and (rolcanlogin or rolsuper)) then
      raise exception using errcode = 'CS010', message = pg_catalog.format('the role %s can log in or is a superuser', v_role);
    end if;
  end loop;
  if not pg_catalog.pg_has_role(current_user, 'countersign_owner', 'usage') then
    begin
      execute pg_catalog.format('grant countersign_owner to %I', current_user);
    exception
      when insufficient_privilege then
        raise exception using errcode = 'CS010', message = 'the migrating login is no member of countersign_owner';
    end;
  end if;
end $$;

alter table countersign.waiting add column by_library boolean not null default false;
-- A row without a value is an erased one: it stays, so that no backup brings the value back.
alter table countersign.private_value
  alter column value drop not null,
  alter column salt drop not null,
  add check ((value is null) = (salt is null));
create table countersign.pruned (
  chain integer not null references countersign.chain (id),
  first bigint not null check (first >= 0),
  last bigint not null check (last >= first),
  target text not null,
  at timestamptz not null default now(),
  primary key (chain, first)
);

create function countersign.never() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception using errcode = 'CS005', message = format('this %s on countersign.%s is refused', tg_op, tg_table_name);
end $$;
-- The condition is bound to its operators now and asks no function: a statement of ours costs nothing more.
do $$
declare
  v_table text;
begin
  foreach v_table in array array['record', 'event_id', 'checkpoint', 'note', 'tile', 'private_value', 'pruned', 'quarantine'] loop
    execute format('create trigger owner_only before insert or update or delete or truncate on countersign.%I when (current_user <> ''countersign_owner'') execute function countersign.never()', v_table);
  end loop;
  -- New chains, segments and, by a superuser's hand, waiting events may be inserted.
  foreach v_table in array array['chain', 'waiting'] loop
    execute format('create trigger owner_only before update or delete or truncate on countersign.%I when (current_user <> ''countersign_owner'') execute function countersign.never()', v_table);
  end loop;
end $$;
create trigger owner_only before delete or truncate on countersign.segment when (current_user <> 'countersign_owner')
  execute function countersign.never();
-- What even the functions never do.
create trigger only_placed before update on countersign.event_id for each row
  when (old.seq is not null or new.seq is null or (new.chain, new.id, new.digest) is distinct from (old.chain, old.id, old.digest))
  execute function countersign.never();
create trigger only_erased before update on countersign.private_value for each row
  when (old.value is null or new.value is not null or (new.chain, new.id, new.name) is distinct from (old.chain, old.id, old.name))
  execute function countersign.never();
create trigger only_sealed before update on countersign.segment for each row
  when ((old.manifest is not null and new.manifest is distinct from old.manifest)
    or (new.chain, new.target, new.first, new.last, new.exported_at)
      is distinct from (old.chain, old.target, old.first, old.last, old.exported_at))
  execute function countersign.never();
create trigger library_only before insert on countersign.waiting for each row when (new.by_library and current_user <> 'countersign_owner')
  execute function countersign.never();

-- Puts a waiting row aside; its id stays taken, its private values are gone.
create function countersign.put_aside(p_chain integer, p_n bigint, p_reason text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with rogue as (delete from countersign.waiting where chain = p_chain and n = p_n returning chain, n, id, event)
  insert into countersign.quarantine (chain, n, id, event, reason) select chain, n, id, event, p_reason from rogue
$$;

-- Leaves an event of the library's own; for the functions below alone. They make the event from what they do, so that it cannot say anything
-- else. to_json writes a string as RFC 8785 does.
create function countersign.leave_own(p_chain integer, p_id uuid, p_actor text, p_type text, p_payload text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_event text := '{"actor":' || to_json(p_actor) || ',"id":"' || p_id || '","payload":' || p_payload || ',"type":"' || p_type || '"}';
begin
  if coalesce(octet_length(p_actor), 0) not between 1 and 200 then
    raise exception using errcode = '22023', message = 'the actor has 1 to 200 bytes';
  end if;
  insert into countersign.event_id (chain, id, digest) values (p_chain, p_id, sha256(convert_to(v_event, 'UTF8')));
  insert into countersign.waiting (chain, id, event, by_library) values (p_chain, p_id, v_event, true);
  perform pg_notify('countersign', p_chain::text);
end $$;
-- Erases one private value. A value that is not stored is marked all the same: no backup may bring it back.
create function countersign.redact(
  p_chain integer, p_seq bigint, p_event uuid, p_name text, p_reason text, p_actor text, p_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(octet_length(p_name), 0) not between 1 and 200 or coalesce(octet_length(p_reason), 0) not between 1 and 1000 then
    raise exception using errcode = '22023', message = 'the name has 1 to 200 bytes and the reason 1 to 1000';
  end if;
  if not exists (select from countersign.event_id where chain = p_chain and id = p_event and seq = p_seq) then
    raise exception using errcode = 'CS012', message = 'no such record';
  end if;
  update countersign.private_value set value = null, salt = null
  where chain = p_chain and id = p_event and name = p_name and value is not null;
  if not found then
    insert into countersign.private_value (chain, id, name) values (p_chain, p_event, p_name) on conflict do nothing;
    if not found then
      raise exception using errcode = 'CS011', message = 'already erased';
    end if;
  end if;
  perform countersign.leave_own(p_chain, p_id, p_actor, 'record.redacted',
    '{"name":' || to_json(p_name) || ',"reason":' || to_json(p_reason) || ',"seq":' || p_seq || '}');
end $$;
-- Puts back private values from their own backup, and marks of erased ones; what is there stays as it is.
create function countersign.restore_private(p_chain integer, p_values text) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_done integer;
begin
  insert into countersign.private_value (chain, id, name, value, salt)
  select p_chain, (v ->> 'id')::uuid, v ->> 'name', v ->> 'value', decode(v ->> 'salt', 'hex')
  from json_array_elements(p_values::json) as t (v)
  where exists (select from countersign.event_id e where e.chain = p_chain and e.id = (v ->> 'id')::uuid and e.seq is not null)
  on conflict do nothing;
  get diagnostics v_done = row_count;
  return v_done;
end $$;
-- Removes the records before p_end: sealed without a gap to p_target, older than p_older_than, and never the newest note's own.
create function countersign.prune(
  p_chain integer, p_end bigint, p_target text, p_older_than text, p_actor text, p_id uuid, out first bigint, out last bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_signed bigint;
  v_manifest text;
  v_done bigint;
begin
  select max(n.size) into v_signed from countersign.note n where n.chain = p_chain;
  if p_end < 256 or p_end % 256 <> 0 or p_end >= coalesce(v_signed, 0) then
    raise exception using errcode = 'CS013', message = 'the end is no full-tile edge below the newest note';
  end if;
  if p_older_than !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$' or p_older_than::timestamptz > clock_timestamp() then
    raise exception using errcode = 'CS013', message = 'the age is no time in the past';
  end if;
  select encode(s.manifest, 'hex') into v_manifest from countersign.segment s
  where s.chain = p_chain and s.target = p_target and s.first < p_end and s.last >= p_end - 1;
  if v_manifest is null or exists (
    select from (
      select s.first, s.manifest, lag(s.last, 1, -1::bigint) over (order by s.first) as before
      from countersign.segment s where s.chain = p_chain and s.target = p_target and s.first < p_end
    ) sealed where sealed.manifest is null or sealed.first <> sealed.before + 1
  ) then
    raise exception using errcode = 'CS013', message = 'not everything before the end is sealed';
  end if;
  select coalesce(max(p.last) + 1, 0) into first from countersign.pruned p where p.chain = p_chain;
  last := p_end - 1;
  if first > last then
    raise exception using errcode = 'CS014', message = 'nothing to prune';
  end if;
  -- Whoever prunes at the same time waits here; appending goes on.
  insert into countersign.pruned (chain, first, last, target) values (p_chain, prune.first, prune.last, p_target) on conflict do nothing;
  if not found then
    raise exception using errcode = 'CS014', message = 'nothing to prune';
  end if;
  -- Times never run backwards, so the last record is the youngest; its time stands in the tail that every record ends in.
  perform from countersign.record r
  where r.chain = p_chain and r.seq = p_end - 1 and substr(right(r.record, 27), 1, 24) < p_older_than collate "C";
  if not found then
    raise exception using errcode = 'CS013', message = 'not everything before the end is old enough';
  end if;
  delete from countersign.record r where r.chain = p_chain and r.seq < p_end;
  get diagnostics v_done = row_count;
  -- Records that are missing already are evidence: pruning does not cover it up.
  if v_done <> p_end - first then
    raise exception using errcode = 'CS013', message = 'records before the end are missing';
  end if;
  delete from countersign.checkpoint c where c.chain = p_chain and c.size < p_end
    and not exists (select from countersign.note n where n.chain = p_chain and n.size = c.size)
    and not exists (select from countersign.segment s where s.chain = p_chain and s.last + 1 = c.size);
  perform countersign.leave_own(p_chain, p_id, p_actor, 'chain.pruned',
    '{"first":' || first || ',"last":' || last || ',"manifest":"' || v_manifest || '","older_than":"' || p_older_than || '"}');
end $$;
-- Removes notes below a size, except those that others rely on: by another name than the log's (cosigned), the end of a segment, the first or
-- last of a key, or one of p_keep (a size a line: time-stamped); and one in every 10,000 records, where segments may end that are sealed later.
create function countersign.thin(p_chain integer, p_below bigint, p_keep text, p_actor text, p_id uuid) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_name text;
  v_done bigint;
begin
  select c.name into v_name from countersign.chain c where c.id = p_chain;
  if p_below is null or p_below > coalesce((select max(n.size) from countersign.note n where n.chain = p_chain), 0) then
    raise exception using errcode = 'CS013', message = 'the size is beyond the newest note';
  end if;
  with line as (
    select n.size, s.part[1] as name, substr(decode(s.part[2], 'base64'), 1, 4) as key
    from countersign.note n, regexp_matches(n.note, E'\\n\\u2014 ([^ \\n]+) ([A-Za-z0-9+/=]+)(?=\\n)', 'g') as s (part)
    where n.chain = p_chain
  ), kept as (
    select min(size) as size from line group by name, key
    union select max(size) from line group by name, key
    union select size from line where name <> v_name
    union select max(n.size) from countersign.note n where n.chain = p_chain group by n.size / 10000
    union select s.last + 1 from countersign.segment s where s.chain = p_chain
    union select t.line::bigint from string_to_table(p_keep, E'\\n') as t (line)
  )
  delete from countersign.note n where n.chain = p_chain and n.size < p_below and not exists (select from kept k where k.size = n.size);
  get diagnostics v_done = row_count;
  if v_done = 0 then
    return 0;
  end if;
  delete from countersign.checkpoint c where c.chain = p_chain and c.size < p_below
    and not exists (select from countersign.note n where n.chain = p_chain and n.size = c.size)
    and not exists (select from countersign.segment s where s.chain = p_chain and s.last + 1 = c.size);
  perform countersign.leave_own(p_chain, p_id, p_actor, 'checkpoint.thinned', '{"below":' || p_below || ',"removed":' || v_done || '}');
  return v_done;
end $$;

alter schema countersign owner to countersign_owner;
do $$
declare
  v_name text;
  v_trigger name;
begin
  for v_name in select oid::regclass from pg_class where relnamespace = 'countersign'::regnamespace and relkind = 'r' loop
    execute format('alter table %s owner to countersign_owner', v_name);
    execute format('revoke all on table %s from public', v_name);
  end loop;
  for v_name in select oid::regprocedure from pg_proc where pronamespace = 'countersign'::regnamespace loop
    execute format('alter function %s owner to countersign_owner', v_name);
    execute format('revoke all on function %s from public', v_name);
  end loop;
  for v_name, v_trigger in select t.tgrelid::regclass, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'countersign'::regnamespace and not t.tgisinternal loop
    execute format('alter table %s enable always trigger %I', v_name, v_trigger);
  end loop;
end $$;
grant usage on schema countersign to countersign_writer, countersign_reader, countersign_retention;
grant select on countersign.chain, countersign.record, countersign.event_id, countersign.checkpoint, countersign.note, countersign.tile,
  countersign.segment, countersign.pruned, countersign.quarantine, countersign.migration
  to countersign_writer, countersign_reader, countersign_retention;
-- Readers do not see private values.
grant select (chain, n, id, event, by_library) on countersign.waiting to countersign_reader;
grant select on countersign.waiting, countersign.private_value to countersign_writer, countersign_retention;
grant insert (name) on countersign.chain to countersign_writer;
grant insert (chain, target, first, last, exported_at), update (manifest) on countersign.segment to countersign_writer;
grant execute on function countersign.lock_chain(integer),
  countersign.add_batch(integer, bigint, integer, bigint, text, text, text, text, text, text, text),
  countersign.add_note(integer, bigint, text), countersign.add_waiting(integer, uuid, text, text, text),
  countersign.held_ids(integer, text), countersign.put_aside(integer, bigint, text) to countersign_writer;
grant execute on function countersign.redact(integer, bigint, uuid, text, text, text, uuid),
  countersign.restore_private(integer, text), countersign.prune(integer, bigint, text, text, text, uuid),
  countersign.thin(integer, bigint, text, text, uuid) to countersign_retention;
`;

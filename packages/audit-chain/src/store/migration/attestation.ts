/**
 * What outsiders say of notes: cosignatures of witnesses, time stamps. Nothing here is trusted: whoever verifies judges each by itself, so rows
 * are only added, and a note that has one stays (the foreign key; `thin` is told to keep it).
 *
 * And stops: while one stands, nothing is signed. The writer sets them when a witness shows that the log contradicted itself; only the retention
 * role takes one back, with its reason, and it stays on record.
 */
export const ATTESTATION = `
create table countersign.attestation (
  chain integer not null,
  size bigint not null,
  kind text not null check (kind in ('cosignature', 'timestamp')),
  digest bytea not null check (octet_length(digest) = 32),
  content bytea not null check (octet_length(content) between 1 and 65536),
  primary key (chain, size, kind, digest),
  foreign key (chain, size) references countersign.note (chain, size)
);
create table countersign.stop (
  chain integer not null references countersign.chain (id),
  n bigint generated always as identity,
  reason text not null check (octet_length(reason) between 1 and 1000),
  evidence text not null check (octet_length(evidence) <= 1048576),
  at timestamptz not null default now(),
  ended timestamptz,
  ended_reason text check (octet_length(ended_reason) between 1 and 1000),
  primary key (chain, n),
  check ((ended is null) = (ended_reason is null))
);
create trigger owner_only before insert or update or delete or truncate on countersign.attestation
  when (current_user <> 'countersign_owner') execute function countersign.never();
create trigger owner_only before insert or update or delete or truncate on countersign.stop
  when (current_user <> 'countersign_owner') execute function countersign.never();
create trigger never before update on countersign.attestation for each row execute function countersign.never();
create trigger only_ended before update on countersign.stop for each row
  when (old.ended is not null or new.ended is null
    or (new.chain, new.n, new.reason, new.evidence, new.at) is distinct from (old.chain, old.n, old.reason, old.evidence, old.at))
  execute function countersign.never();
-- False when it is there already, or the note is not: a lost note is signed again, and then asked for again.
create function countersign.add_attestation(p_chain integer, p_size bigint, p_kind text, p_content text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_content bytea := decode(p_content, 'hex');
begin
  insert into countersign.attestation (chain, size, kind, digest, content)
  select p_chain, p_size, p_kind, sha256(v_content), v_content
  where exists (select from countersign.note where chain = p_chain and size = p_size)
  on conflict do nothing;
  return found;
end $$;
create function countersign.stop_signing(p_chain integer, p_reason text, p_evidence text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into countersign.stop (chain, reason, evidence) values (p_chain, p_reason, p_evidence)
$$;
-- Ends every stop of a chain.
create function countersign.resume_signing(p_chain integer, p_reason text) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_done integer;
begin
  update countersign.stop set ended = now(), ended_reason = p_reason where chain = p_chain and ended is null;
  get diagnostics v_done = row_count;
  return v_done;
end $$;
do $$
declare
  v_name text;
begin
  for v_name in select unnest(array['attestation', 'stop']) loop
    execute format('alter table countersign.%I owner to countersign_owner', v_name);
    execute format('revoke all on table countersign.%I from public', v_name);
    execute format('grant select on countersign.%I to countersign_writer, countersign_reader, countersign_retention', v_name);
    execute format('alter table countersign.%I enable always trigger owner_only', v_name);
  end loop;
  alter table countersign.attestation enable always trigger never;
  alter table countersign.stop enable always trigger only_ended;
  for v_name in select unnest(array['add_attestation(integer, bigint, text, text)', 'stop_signing(integer, text, text)',
    'resume_signing(integer, text)']) loop
    execute format('alter function countersign.%s owner to countersign_owner', v_name);
    execute format('revoke all on function countersign.%s from public', v_name);
  end loop;
end $$;
grant execute on function countersign.add_attestation(integer, bigint, text, text), countersign.stop_signing(integer, text, text)
  to countersign_writer;
grant execute on function countersign.resume_signing(integer, text) to countersign_retention;
`;

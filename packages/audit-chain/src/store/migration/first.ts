/**
 * The tables. `record` is the log; everything else can be derived from it, or is only compared with it.
 *
 * What a batch writes has no foreign key to its chain: the functions that write it lock the chain's row or ask for it, chains are never deleted,
 * and a key would lock that row again with every statement, in the way of each other (measured: docs/operations/postgres.md).
 */
export const FIRST = `
create table countersign.chain (
  id integer generated always as identity primary key,
  name text not null unique check (octet_length(name) between 1 and 200)
);
create table countersign.record (
  chain integer not null,
  seq bigint not null check (seq >= 0),
  record text not null check (octet_length(record) <= 65535),
  primary key (chain, seq)
);
-- Never pruned: an id stays taken when its record is gone. seq is null while the event waits for its place.
create table countersign.event_id (
  chain integer not null,
  id uuid not null,
  digest bytea not null check (octet_length(digest) = 32),
  seq bigint,
  primary key (chain, id)
);
-- Unsigned: what a batch came to. The signing process recomputes it and only compares.
create table countersign.checkpoint (
  chain integer not null,
  size bigint not null check (size > 0),
  root bytea not null check (octet_length(root) = 32),
  frontier bytea not null,
  primary key (chain, size)
);
-- Signed notes over the roots above, in rising size.
create table countersign.note (
  chain integer not null,
  size bigint not null check (size > 0),
  note text not null,
  primary key (chain, size)
);
-- Full tiles only: 256 hashes, and the root of the subtree they span. Level 0 holds record hashes.
create table countersign.tile (
  chain integer not null,
  level integer not null check (level between 0 and 7),
  index bigint not null check (index >= 0),
  root bytea not null check (octet_length(root) = 32),
  hashes bytea not null check (octet_length(hashes) = 8192),
  primary key (chain, level, index)
);
create table countersign.private_value (
  chain integer not null,
  id uuid not null,
  name text not null,
  value text not null,
  salt bytea not null check (octet_length(salt) = 32),
  primary key (chain, id, name)
);
-- The range of a segment is fixed here before anything is uploaded; manifest is its digest once sealed.
create table countersign.segment (
  chain integer not null references countersign.chain (id),
  target text not null,
  first bigint not null check (first >= 0),
  last bigint not null check (last >= first),
  exported_at text not null,
  manifest bytea check (octet_length(manifest) = 32),
  primary key (chain, target, first)
);
`;

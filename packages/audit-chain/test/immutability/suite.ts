import { randomUUID } from 'node:crypto';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { sealChain } from '../../src/archive/seal.ts';
import type { ArchiveTarget } from '../../src/archive/target.ts';
import { gzipMember } from '../../src/node/archive/gzip.ts';
import { openStore } from '../../src/store/sql-store.ts';
import { event, signer } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { testResolver } from '../support/keys.ts';
import { memoryMark } from '../support/mark.ts';
import { noted, sealedChain } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

const FORBIDDEN = '42501';
const REFUSED = 'CS005';
const ID = '00000000-0000-7000-8000-00000000000a';
const TABLES = ['chain', 'record', 'event_id', 'checkpoint', 'note', 'tile', 'private_value', 'segment', 'pruned', 'quarantine', 'waiting'];

/** Changes to what is stored: nobody but the functions of the library makes them. */
const CHANGES = [
  ...TABLES.flatMap((table) => [`delete from countersign.${table}`, `truncate countersign.${table} cascade`]),
  `update countersign.record set record = replace(record, 'order.created', 'order.deleted')`,
  `update countersign.event_id set seq = seq + 1`,
  `update countersign.checkpoint set root = sha256(root)`,
  `update countersign.note set note = ''`,
  `update countersign.tile set root = sha256(root)`,
  `update countersign.chain set name = 'example.com/another'`,
  `update countersign.private_value set value = null, salt = null`,
  `update countersign.pruned set last = last + 1`,
  `update countersign.waiting set event = ''`,
  `update countersign.quarantine set reason = ''`,
  `insert into countersign.record select chain, max(seq) + 2, max(record) from countersign.record group by chain`,
  `insert into countersign.record select chain, max(seq) + 1, max(record) from countersign.record group by chain`,
  `insert into countersign.event_id select max(chain), '${ID}', sha256('') from countersign.event_id`,
  `insert into countersign.checkpoint select chain, max(size) + 1, sha256(''), '' from countersign.checkpoint group by chain`,
  `insert into countersign.note select chain, max(size) + 1, max(note) from countersign.note group by chain`,
  `insert into countersign.private_value (chain, id, name) select max(id), '${ID}', 'n' from countersign.chain`,
  `insert into countersign.waiting (chain, id, event, by_library) select max(id), '${ID}', '{}', true from countersign.chain`,
];

/** Ways around it that need rights which no login of the library has. */
const WAYS_ROUND = [
  'set session_replication_role = replica',
  'set role countersign_owner',
  'alter table countersign.record disable trigger all',
  'alter table countersign.record disable trigger owner_only',
  'drop trigger owner_only on countersign.record',
  'drop table countersign.note',
  'alter table countersign.record owner to current_user',
  'create rule r as on delete to countersign.record do instead nothing',
  'create table countersign.mine (a integer)',
  'create function countersign.mine() returns integer language sql as $$ select 1 $$',
  'create or replace function countersign.never() returns trigger language plpgsql as $$ begin return new; end $$',
  'alter function countersign.redact(integer, bigint, uuid, text, text, text, uuid) owner to current_user',
  'grant countersign_owner to current_user',
  `insert into countersign.migration values (9, 'x', 'x')`,
  `select countersign.leave_own(1, '${ID}', 'me', 'chain.pruned', '{}')`,
  `select countersign.take_waiting(1, 0, array[1])`,
];

const WRITING = [
  `insert into countersign.chain (name) values ('example.com/mine')`,
  `insert into countersign.segment (chain, target, first, last, exported_at) values (1, 't', 0, 1, '')`,
  `update countersign.segment set manifest = sha256('')`,
  `select countersign.lock_chain(1)`,
  `select countersign.add_note(1, 1, '')`,
  `select countersign.add_waiting(1, '${ID}', '', '{}', null)`,
  `select countersign.leave_events(1, '${ID} ', '{}', null)`,
  `select countersign.add_batch(1, 0, 1, 0, '', null, '', '', '', null, null)`,
  `select countersign.put_aside(1, 1, '')`,
];

const RETAINING = [
  `select countersign.redact(1, 0, '${ID}', 'n', 'r', 'a', '${ID}')`,
  `select countersign.restore_private(1, '[]')`,
  `select countersign.prune(1, 256, 't', '2026-01-01T00:00:00.000Z', 'a', '${ID}')`,
  `select countersign.thin(1, 1, null, 'a', '${ID}')`,
];

export function describeImmutability(database: () => OpenDatabase): void {
  describe('what is stored is never changed', () => {
    test('a login that may only write does all that appending, leaving events and sealing need', async () => {
      await database().as(['countersign_writer'], async (login) => {
        const { client } = login;
        const store = await openStore(client);
        const parts = { store: await store.create('example.com/writer'), signers: [signer], resolver: testResolver([signer]) };
        const chain = await Chain.open({ ...parts, mark: memoryMark(), clock: Date });
        const secret = event(1, { id: randomUUID(), private: { email: 'a@example.com' } });
        expect((await chain.append(secret)).seq).toBe((await chain.append(secret)).seq);
        const pending = await login.transaction((on) => chain.append(event(2), { transaction: on }));
        const receipt = await pending.settled();
        await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: chain.id });
        // A reserved type in the outbox is put aside.
        const forged = `{"actor":"x","id":"${ID}","payload":{},"type":"chain.pruned"}`;
        const [row] = await client.query('select id from countersign.chain where name = $1', [chain.id]);
        await client.query('select countersign.add_waiting($1, $2, $3, $4, null)', [row!['id'], ID, '0'.repeat(64), forged]);
        await Promise.all(Array.from({ length: 300 }, (_, n) => chain.append(event(n))));
        const aside = await client.query('select reason from countersign.quarantine where chain = $1', [row!['id']]);
        expect(aside).toEqual([{ reason: 'ERR_EVENT_RESERVED type' }]);
        const files = new Map<string, Uint8Array>();
        const target: ArchiveTarget = {
          name: 'memory:',
          isWriteOnce: false,
          retention: () => Promise.resolve({ mode: 'none' }),
          put: (key, content) => Promise.resolve(files.size !== files.set(key, content).size),
          read: (key) => Promise.resolve(files.get(key)),
        };
        const exporter = { env: 'test', pii_policy_version: '1', service: 'test', version: '1' };
        const registry = { digest: '0'.repeat(64), version: 1 };
        const now = new Date().toISOString();
        // Notes are published behind the callers' backs.
        await noted(chain, parts.store);
        for await (const _ of sealChain({ ...parts, target, registry, exporter, gzip: gzipMember, now }));
        expect(files.size).toBe(3);
        await verifyReceipt(await (await chain.receipt(3)).bytes(), { resolver: parts.resolver, origin: chain.id });
        await chain.close();
        await store.close();
      });
    });

    test.each([
      ['countersign_writer', [...RETAINING]],
      [
        'countersign_reader',
        [...WRITING, ...RETAINING, 'select value from countersign.private_value', 'select private from countersign.waiting'],
      ],
      ['countersign_retention', [...WRITING]],
    ])('a login in %s alone is refused every change and every way round', async (role, statements) => {
      await sealedChain(database(), 2);
      await database().as([role], async ({ client }) => {
        // Only warns that it grants nothing.
        await client.query('grant all on countersign.record to current_user');
        // On a server; an embedded database belongs to its process.
        const superuser = client.kind === 'postgres' ? ['set session authorization postgres'] : [];
        for (const sql of [...CHANGES, ...WAYS_ROUND, ...statements, ...superuser]) {
          const outcome = await client.query(sql).then(
            () => 'allowed',
            ({ actual }: { actual: unknown }) => actual,
          );
          expect(outcome, sql).toBe(FORBIDDEN);
        }
      });
    });

    test('a login without a role sees nothing, one that may read opens the store and reads', async () => {
      const { chain } = await sealedChain(database(), 300);
      await database().as([], async ({ client }) => {
        await expect(openStore(client)).rejects.toMatchObject({ code: 'ERR_STORE', actual: FORBIDDEN });
      });
      await database().as(['countersign_reader'], async ({ client }) => {
        const store = await (await openStore(client)).open(chain.id);
        expect((await store.note())!.size).toBe(300);
        expect((await store.recordsAt([0, 299])).size).toBe(2);
        expect((await store.tile(0, 0))!.length).toBe(8192);
        await client.query('select id, event, by_library from countersign.waiting');
        await expect(client.query("insert into countersign.chain (name) values ('example.com/x')")).rejects.toMatchObject({
          actual: FORBIDDEN,
        });
      });
    });

    test('even a superuser is refused every change, whatever he sets', async () => {
      const { client } = database();
      await sealedChain(database(), 300, { records: 256 });
      for (const setting of [undefined, 'session_replication_role = replica', `row_security = off`]) {
        for (const sql of CHANGES) {
          const attack = client.transaction(async (queries) => {
            if (setting !== undefined) await queries.query(`set local ${setting}`);
            await queries.query(sql);
          });
          await expect(attack, sql).rejects.toMatchObject({ code: 'ERR_STORE', actual: REFUSED });
        }
      }
    });

    test('nobody, not even the owner, moves a record’s id, brings an erased value back, or replaces a sealed manifest', async () => {
      const { chain } = await sealedChain(database(), 300, { records: 256 });
      const id = randomUUID();
      await chain.append(event(1, { id, private: { email: 'a@example.com' } }));
      const { client } = database();
      for (const sql of [
        `update countersign.event_id set seq = seq + 1 where id = '${id}'`,
        `update countersign.event_id set seq = null where id = '${id}'`,
        `update countersign.event_id set digest = sha256(digest) where id = '${id}'`,
        `update countersign.private_value set value = '1' where id = '${id}'`,
        `update countersign.private_value set name = 'phone', value = null, salt = null where id = '${id}'`,
        `update countersign.segment set manifest = sha256(manifest) where manifest is not null`,
        `update countersign.segment set manifest = null where manifest is not null`,
        `update countersign.segment set last = last + 1 where manifest is not null`,
      ]) {
        await expect(asOwner(client, sql), sql).rejects.toMatchObject({ actual: REFUSED });
      }
      await asOwner(client, `update countersign.private_value set value = null, salt = null where id = '${id}'`);
      const undo = `update countersign.private_value set value = '"a@example.com"', salt = sha256('') where id = '${id}'`;
      await expect(asOwner(client, undo)).rejects.toMatchObject({ actual: REFUSED });
      await chain.close();
    });

    test('a note is published for a checkpoint that is there, and only above the newest', async () => {
      const { chain } = await sealedChain(database(), 2);
      const { client } = database();
      const [row] = await client.query('select id from countersign.chain where name = $1', [chain.id]);
      for (const size of [1, 2, 9_000_000_000]) {
        const [added] = await client.query('select countersign.add_note($1, $2, $3) as added', [row!['id'], size, 'x']);
        expect(added).toEqual({ added: false });
      }
      await chain.close();
    });

    test('functions find nothing of a caller’s own: search path, operators, temporary tables', async () => {
      const { chain } = await sealedChain(database(), 2);
      const id = randomUUID();
      const { seq } = await chain.append(event(1, { id, private: { email: 'a@example.com' } }));
      const { client } = database();
      const [row] = await client.query('select id from countersign.chain where name = $1', [chain.id]);
      const trap = "returns text language plpgsql as $$ begin raise exception 'trapped'; end $$";
      const traps = [
        'create schema evil',
        `create function evil.format(text, text, text) ${trap}`,
        `create function evil.octet_length(text) ${trap.replace('text', 'integer')}`,
        `create function evil.to_json(text) ${trap}`,
        `create function evil.convert_to(text, name) ${trap.replace('text', 'bytea')}`,
        `create function evil.sha256(bytea) ${trap.replace('text', 'bytea')}`,
        `create function evil.pg_notify(text, text) ${trap.replace('text', 'void')}`,
        `create function evil.clock_timestamp() ${trap.replace('text', 'timestamptz')}`,
        `create function evil.same(name, text) ${trap.replace('text', 'boolean')}`,
        'create operator evil.<> (leftarg = name, rightarg = text, function = evil.same)',
        `create function evil.equal(integer, integer) ${trap.replace('text', 'boolean')}`,
        'create operator evil.= (leftarg = integer, rightarg = integer, function = evil.equal)',
        `create function evil.joined(text, text) ${trap}`,
        'create operator evil.|| (leftarg = text, rightarg = text, function = evil.joined)',
        'grant usage on schema evil to public',
      ];
      for (const sql of traps) await client.query(sql);
      try {
        await database().as(['countersign_retention', 'countersign_writer'], async (login) => {
          await login.client.transaction(async (queries) => {
            for (const table of ['event_id', 'private_value', 'waiting', 'chain'])
              await queries.query(`create temporary table ${table} (id integer)`);
            await queries.query('set local search_path = evil, pg_temp, pg_catalog');
            await expectTrapped(
              () => queries.query('savepoint s'),
              () => queries.query(`select to_json('x'::text)`),
              () => queries.query('rollback to s'),
            );
            await queries.query('select countersign.redact($1, $2, $3, $4, $5, $6, $7)', [
              row!['id'],
              seq,
              id,
              'email',
              'r',
              'a',
              randomUUID(),
            ]);
            await queries.query('select size from countersign.lock_chain($1)', [row!['id']]);
          });
        });
        const attack = client.transaction(async (queries) => {
          await queries.query('set local search_path = evil, pg_catalog');
          await queries.query('delete from countersign.note');
        });
        await expect(attack).rejects.toMatchObject({ actual: REFUSED });
      } finally {
        await client.query('drop schema evil cascade');
      }
      expect(await client.query('select value from countersign.private_value where id = $1', [id])).toEqual([{ value: null }]);
      await chain.close();
    });
  });
}

/** The trap works where the search path is the caller's. */
async function expectTrapped(save: () => Promise<unknown>, run: () => Promise<unknown>, back: () => Promise<unknown>): Promise<void> {
  await save();
  await expect(run()).rejects.toMatchObject({ actual: 'P0001' });
  await back();
}

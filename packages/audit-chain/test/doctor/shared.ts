import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import type { Examination } from '../../src/doctor/check.ts';
import { type DoctorParts, examine } from '../../src/doctor/examine.ts';
import type { RememberingMark } from '../../src/marks/cell.ts';
import { fileCell, markFile } from '../../src/node/log/mark-file.ts';
import { uuidV7 } from '../../src/record/uuid.ts';
import { NOW } from '../../src/store/statements.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import type { OpenDatabase } from '../support/stores.ts';

const ROOM = { what: 'database', free: 50 * 2 ** 30, total: 100 * 2 ** 30 };

const statuses = ({ checks }: Examination): Record<string, string> => Object.fromEntries(checks.map(({ name, status }) => [name, status]));
const found = ({ checks }: Examination, name: string) => checks.find((check) => check.name === name)!;

/** A client whose answers to one statement are another's. */
function answering(client: SqlClient, part: string, rows: (there: readonly object[]) => readonly object[]): SqlClient {
  return {
    ...client,
    query: async (text, parameters) => {
      const there = await client.query(text, parameters);
      return (text.includes(part) ? rows(there) : there) as typeof there;
    },
  };
}

/** What the doctor must see on every store. */
export function describeDoctor(database: () => OpenDatabase): void {
  describe('doctor', () => {
    const signer = testSigner(1);
    const resolver = testResolver([signer]);
    let chains = 0;
    let parts: DoctorParts;
    let mark: RememberingMark;
    let path: string;

    async function newChain(count: number): Promise<{ parts: DoctorParts; row: number; chain: Chain }> {
      const store = await database().store.create(`example.com/doctor-${++chains}`);
      path = `${database().folder}/doctor-${chains}.json`;
      mark = markFile(path);
      const chain = await Chain.open({ store, signers: [signer], resolver, mark, clock: Date });
      await Promise.all(Array.from({ length: count }, (_, n) => chain.append(event(n))));
      const [row] = await database().client.query('select id from countersign.chain where name = $1', [chain.id]);
      return {
        chain,
        row: Number(row!['id']),
        parts: {
          client: database().client,
          chain: chain.id,
          clock: Date,
          disks: () => Promise.resolve([ROOM]),
          resolver,
          signers: [signer],
          mark,
        },
      };
    }

    beforeAll(async () => {
      const made = await newChain(3);
      await made.chain.close();
      parts = made.parts;
    });

    test('a log in order is ok in everything, but for the superuser who asks', async () => {
      const examination = await examine(parts);
      const isServer = parts.client.kind === 'postgres';
      expect(statuses(examination)).toEqual({
        server: 'ok',
        encoding: 'ok',
        durability: 'ok',
        schema: 'ok',
        disk: 'ok',
        immutability: 'ok',
        roles: isServer ? 'warn' : 'skip',
        locks: isServer ? 'ok' : 'skip',
        clock: 'ok',
        sequencing: 'ok',
        quarantine: 'ok',
        unsigned: 'ok',
        stop: 'ok',
        signers: 'ok',
        mark: 'ok',
        identity: 'ok',
      });
      expect(examination.exitCode).toBe(0);
    });

    test.each([
      ['countersign_writer', 'ok'],
      ['countersign_reader', 'ok'],
      ['countersign_owner', 'warn'],
    ])('a login that is a member of %s alone gets an answer: %s', async (role, expected) => {
      await database().as([role], async ({ client }) => {
        const examination = await examine({ ...parts, client });
        expect(found(examination, 'roles').status).toBe(client.kind === 'postgres' ? expected : 'skip');
        expect(examination.exitCode).toBe(0);
      });
    });

    test('a login without any right is told what it lacks', async () => {
      await database().as([], async ({ client }) => {
        const examination = await examine({ ...parts, client });
        expect(examination.checks.at(-1)).toMatchObject({ name: 'database', status: 'fail' });
        expect(examination.exitCode).toBe(14);
      });
    });

    test('without registry and mark the rest is looked at, and nothing is called verified', async () => {
      const { client, chain, clock, disks } = parts;
      const examination = await examine({ client, chain, clock, disks: async () => (await disks()).slice(1) });
      expect(statuses(examination)).toMatchObject({ disk: 'skip', signers: 'skip', mark: 'skip', identity: 'skip' });
      expect(found(await examine({ client, chain, clock, disks, resolver }), 'mark').status).toBe('warn');
    });

    test('a mark that the chain contradicts is a matter of integrity', async () => {
      const { parts: made, chain, row } = await newChain(4);
      await chain.append(event(5));
      await chain.close();
      const at = path;
      const cell = fileCell(at);
      const present = (await mark.read(chain.id))!;
      await cell.update(chain.id, (state) => ({ ...state, mark: { ...present, size: present.size + 1 } }));
      expect(found(await examine(made), 'mark')).toMatchObject({
        status: 'fail',
        integrity: true,
        detail: expect.stringContaining('ERR_CHAIN_ROLLED_BACK') as string,
      });
      await cell.update(chain.id, (state) => ({ ...state, mark: { ...present, root: new Uint8Array(32) } }));
      const forked = await examine(made);
      expect(found(forked, 'mark').detail).toContain('ERR_CHAIN_FORKED');
      expect(forked.exitCode).toBe(10);
      const [, , first] = await database().client.query('select size, root from countersign.checkpoint where chain = $1 order by size', [
        row,
      ]);
      await cell.update(chain.id, (state) => ({ ...state, mark: { ...present, size: present.size - 1 } }));
      const behind = await examine(made);
      expect(found(behind, 'mark').detail).toContain('ERR_MARK_STORE');
      expect(behind.exitCode).toBe(14);
      expect(first).toBeDefined();
      expect(found(await examine({ ...made, mark: markFile(`${at}.none`) }), 'mark').detail).toContain('ERR_MARK_MISSING');
    });

    test('a changed last record or note is a matter of integrity', async () => {
      for (const [sql, code] of [
        [
          `update countersign.record set record = replace(record, 'order.created', 'order.deleted') where chain = $1 and seq = 2`,
          'ERR_CHAIN_TAMPERED',
        ],
        [`update countersign.note set note = replace(note, E'\\n3\\n', E'\\n2\\n') where chain = $1 and size = 3`, 'ERR_NOTE_SIGNATURE'],
        [
          `update countersign.checkpoint set frontier = set_byte(frontier, 20, 255 - get_byte(frontier, 20)) where chain = $1 and size = 3`,
          'ERR_CHAIN_TAMPERED',
        ],
      ] as const) {
        const { parts: made, chain, row } = await newChain(2);
        await chain.close();
        await asOwner(database().client, sql, [row]);
        const examination = await examine(made);
        expect(found(examination, 'mark')).toMatchObject({ status: 'fail', detail: expect.stringContaining(code) as string });
        expect(examination.exitCode).toBe(10);
      }
    });

    test('keys that the registry does not have are a matter of configuration', async () => {
      const other = testSigner(9);
      const examination = await examine({ ...parts, resolver: testResolver([other]) });
      expect(statuses(examination)).toMatchObject({ signers: 'fail', mark: 'fail' });
      expect(examination.exitCode).toBe(14);
    });

    test('records that wait for their checkpoint for long, and events that wait for their place', async () => {
      const { parts: made, chain, row } = await newChain(2);
      await chain.close();
      await asOwner(database().client, 'delete from countersign.note where chain = $1 and size > 1', [row]);
      expect(found(await examine(made), 'unsigned')).toMatchObject({ status: 'ok', detail: expect.stringContaining('2 of 3') as string });
      for (const [milliseconds, status] of [
        [30_000, 'warn'],
        [300_000, 'fail'],
      ] as const) {
        const later = answering(made.client, NOW, (rows) =>
          rows.map((there) => ({ now: Number((there as { now: unknown }).now) + milliseconds })),
        );
        expect(found(await examine({ ...made, client: later }), 'unsigned').status).toBe(status);
      }
      for (const [id, status] of [
        [uuidV7(Date.now()), 'ok'],
        [uuidV7(Date.now() - 30_000), 'warn'],
        [uuidV7(Date.now() - 300_000), 'fail'],
        [randomUUID(), 'warn'],
      ] as const) {
        await database().client.query('insert into countersign.waiting (chain, id, event) values ($1, $2, $3)', [row, id, '{}']);
        expect(found(await examine(made), 'sequencing').status).toBe(status);
        await asOwner(database().client, 'delete from countersign.waiting where chain = $1', [row]);
      }
    });

    test('signing that was stopped, until it goes on', async () => {
      const { parts: made, chain } = await newChain(1);
      await chain.close();
      const attestations = (await database().store.open(chain.id)).attestations();
      await attestations.stop('witness w1 has seen another history', '{}');
      const examination = await examine(made);
      expect([found(examination, 'stop'), examination.exitCode]).toEqual([
        {
          name: 'stop',
          status: 'fail',
          detail: expect.stringMatching(/^signing was stopped at 2.*: witness w1 has seen another history; /) as string,
          advice: expect.stringContaining('audit-chain witness --evidence FILE') as string,
          integrity: true,
        },
        10,
      ]);
      await attestations.resume('known');
      expect((await examine(made)).exitCode).toBe(0);
    });

    test('events that were put aside', async () => {
      const { parts: made, chain, row } = await newChain(1);
      await database().client.query('insert into countersign.waiting (chain, id, event) values ($1, $2, $3)', [row, randomUUID(), '{}']);
      await chain.append(event(1));
      await chain.close();
      expect(found(await examine(made), 'quarantine').status).toBe('warn');
    });

    test('clocks that differ', async () => {
      const late = (milliseconds: number) => ({ now: () => Date.now() + milliseconds });
      expect(found(await examine({ ...parts, clock: late(3000) }), 'clock').status).toBe('warn');
      expect(found(await examine({ ...parts, clock: late(-9000) }), 'clock').status).toBe('fail');
    });

    test('another server than the mark remembers', async () => {
      const { parts: made, chain } = await newChain(1);
      await chain.close();
      await mark.rememberServer(chain.id, '42/7');
      expect(found(await examine(made), 'identity')).toMatchObject({ status: 'warn', detail: expect.stringContaining('42/7') as string });
    });

    test('triggers that were switched off, and tables in other hands', async () => {
      const { client } = database();
      await client.query('alter table countersign.note disable trigger owner_only');
      expect(found(await examine(parts), 'immutability').status).toBe('fail');
      await client.query('alter table countersign.note enable always trigger owner_only');
      await client.query('alter table countersign.tile owner to current_user');
      expect(found(await examine(parts), 'immutability')).toMatchObject({
        status: 'fail',
        detail: expect.stringContaining('tile') as string,
      });
      await client.query('alter table countersign.tile owner to countersign_owner');
    });

    test('sessions that wait for locks, and transactions left open', async () => {
      if (parts.client.kind !== 'postgres') return;
      const session = (changes: object) =>
        answering(parts.client, 'pg_blocking_pids', () => [{ pid: 7, state: 'active', blocked: false, age: 100_000, ...changes }]);
      expect(found(await examine({ ...parts, client: session({}) }), 'locks').status).toBe('ok');
      expect(found(await examine({ ...parts, client: session({ blocked: true }) }), 'locks').status).toBe('fail');
      expect(found(await examine({ ...parts, client: session({ state: 'idle in transaction' }) }), 'locks').status).toBe('warn');
    });

    test('settings that lose commits, an old server, another encoding, a standby', async () => {
      const server = (changes: object) =>
        answering(parts.client, 'as full_page_writes', (rows) => rows.map((there) => ({ ...there, ...changes })));
      const of = async (changes: object, name: string) => found(await examine({ ...parts, client: server(changes) }), name).status;
      expect(await of({ fsync: 'off' }, 'durability')).toBe('fail');
      expect(await of({ full_page_writes: 'off' }, 'durability')).toBe('warn');
      expect(await of({ version: 140_000 }, 'server')).toBe('fail');
      expect(await of({ encoding: 'LATIN1' }, 'encoding')).toBe('fail');
    });

    test('a database without a log, and one that lacks a migration', async () => {
      const { client } = database();
      await asOwner(client, 'delete from countersign.migration where id = 4');
      const behind = await examine(parts);
      expect(found(behind, 'schema')).toMatchObject({ status: 'fail', detail: 'lacks migration 4' });
      expect(behind.checks.length).toBe(5);
      await asOwner(client, "insert into countersign.migration (id, name, sha256) values (99, 'later', '')");
      expect(found(await examine(parts), 'schema').status).toBe('fail');
      const none = answering(client, 'to_regclass', () => [{ there: false }]);
      expect(found(await examine({ ...parts, client: none }), 'schema').advice).toBe('audit-chain init');
    });
  });
}

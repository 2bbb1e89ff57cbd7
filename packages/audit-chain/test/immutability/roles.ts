import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import type { OpenDatabase } from '../support/stores.ts';

const ID = '00000000-0000-7000-8000-00000000000d';

/** Migrating as somebody who is no superuser. It takes the schema apart: the last suite on a database. */
export function describeRoles(database: () => OpenDatabase): void {
  describe('the roles and who may migrate', () => {
    test('a login that can neither make nor use the roles is told so, by code, and leaves nothing behind', async () => {
      const { client } = database();
      await client.query('drop schema countersign cascade');
      await database().as([], async (login) => {
        await grantCreate(database(), login.name);
        await expect(migrate(login.client)).rejects.toMatchObject({ code: 'ERR_MIGRATION_ROLES', field: 'roles' });
        expect(await login.client.query(`select to_regclass('countersign.migration') as there`)).toEqual([{ there: null }]);
      });
    });

    test('a login that was made a member of the owner role migrates, and a writer then finds nothing to do', async () => {
      await database().as(['countersign_owner'], async (login) => {
        await grantCreate(database(), login.name);
        expect(await migrate(login.client)).toEqual(MIGRATIONS.map(({ id }) => id));
      });
      await database().as(['countersign_writer'], async ({ client }) => {
        expect(await migrate(client)).toEqual([]);
        await client.query(`insert into countersign.chain (name) values ('example.com/roles')`);
      });
      const owners = await database().client.query(`select distinct tableowner from pg_tables where schemaname = 'countersign'`);
      expect(owners).toEqual([{ tableowner: 'countersign_owner' }]);
    });

    test('a database of the version before keeps what it has, and from then on nothing of it changes', async () => {
      const { client } = database();
      await client.query('drop schema countersign cascade');
      expect(await migrate(client, MIGRATIONS.slice(0, 2))).toEqual([1, 2]);
      await client.query(`insert into countersign.chain (name) values ('example.com/older')`);
      const batch = [1, 0, 1, Date.now(), 'a record', null, `${ID} ${'0'.repeat(64)}`, '0'.repeat(64), '00', null];
      const hidden = JSON.stringify([{ id: ID, name: 'email', value: '"a@example.com"', salt: '0'.repeat(64) }]);
      await client.query('select countersign.add_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)', [...batch, hidden]);
      const tables = ['record', 'event_id', 'checkpoint', 'private_value'];
      const rows = (): Promise<unknown[]> => Promise.all(tables.map((table) => client.query(`select * from countersign.${table}`)));
      const before = await rows();
      expect(await migrate(client)).toEqual(MIGRATIONS.slice(2).map(({ id }) => id));
      expect(await rows()).toEqual(before);
      for (const table of tables) {
        await expect(client.query(`delete from countersign.${table}`)).rejects.toMatchObject({ actual: 'CS005' });
      }
    });

    test('no function of the library is for everybody, and each that runs as its owner has a fixed search path', async () => {
      const functions = await database().client.query(`
        select proname, prosecdef, proconfig::text as config, proacl::text as acl, pg_get_userbyid(proowner) as owner
        from pg_proc where pronamespace = 'countersign'::regnamespace`);
      expect(functions.length).toBeGreaterThan(10);
      for (const { proname, config, acl, owner } of functions) {
        const path = expect.stringMatching(/^\{"search_path=pg_catalog, pg_temp"[,}]/);
        expect({ proname, config, owner }).toEqual({ proname, config: path, owner: 'countersign_owner' });
        // An access list that begins with =X names the public.
        expect(acl, String(proname)).not.toMatch(/[{,]=/);
      }
    });
  });
}

/** On the embedded database the login has the only session: its superuser is asked before. */
async function grantCreate({ client }: OpenDatabase, login: string, right = 'nocreaterole'): Promise<void> {
  if (client.kind === 'pglite') await client.query('set session authorization postgres');
  const [row] = await client.query('select current_database() as name');
  await client.query(`grant create on database ${String(row!['name'])} to ${login}`);
  await client.query(`alter role ${login} ${right}`);
  if (client.kind === 'pglite') await client.query(`set session authorization ${login}`);
}

/** Roles are the cluster's: only an embedded database has them to itself. */
export function describeOwnRoles(database: () => OpenDatabase): void {
  describe('roles that are not there, or not as they must be', () => {
    test('a login that may make roles, and is no superuser, makes them and migrates', async () => {
      const { client } = database();
      await client.query('drop schema countersign cascade');
      for (const role of ['owner', 'writer', 'reader', 'retention']) await client.query(`drop role countersign_${role}`);
      await database().as([], async (login) => {
        await grantCreate(database(), login.name, 'createrole');
        expect(await migrate(login.client)).toEqual(MIGRATIONS.map(({ id }) => id));
        expect(await migrate(login.client)).toEqual([]);
      });
      const made = await client.query(`select rolname, rolcanlogin from pg_roles where rolname like 'countersign%' order by rolname`);
      expect(made).toHaveLength(4);
      for (const { rolcanlogin } of made) expect(rolcanlogin).toBe(false);
    });

    test.each([
      ['a role is missing', 'alter role countersign_reader rename to gone', 'alter role gone rename to countersign_reader'],
      ['the owner can log in', 'alter role countersign_owner login', 'alter role countersign_owner nologin'],
      ['a role is a superuser', 'alter role countersign_writer superuser', 'alter role countersign_writer nosuperuser'],
    ])('%s: refused by code', async (_name, spoil, mend) => {
      const { client } = database();
      await client.query('drop schema countersign cascade');
      await client.query(spoil);
      await database().as(['countersign_owner'], async (login) => {
        await grantCreate(database(), login.name);
        await expect(migrate(login.client)).rejects.toMatchObject({ code: 'ERR_MIGRATION_ROLES' });
      });
      await client.query(mend);
      expect(await migrate(client)).toEqual(MIGRATIONS.map(({ id }) => id));
    });
  });
}

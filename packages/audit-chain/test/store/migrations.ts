import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import type { SqlClient } from '../../src/store/sql.ts';

/** What migrating promises; `open` gives a database that has all of `MIGRATIONS`. */
export function describeMigrations(name: string, open: () => SqlClient): void {
  describe(name, () => {
    const next = MIGRATIONS.length + 1;
    const more = {
      id: next,
      name: 'one more',
      sql: 'create table countersign.more (n integer);\ncreate index more_n on countersign.more (n);\n',
    };
    const there = async (table: string): Promise<boolean> =>
      (await open().query('select to_regclass($1) is not null as there', [table]))[0]!['there'] === true;
    const forget = (): Promise<unknown> => open().query('delete from countersign.migration where id >= $1', [next]);

    test('a database that has everything is left alone', async () => {
      expect(await migrate(open())).toEqual([]);
      const rows = await open().query('select id, sha256 from countersign.migration order by id');
      expect(rows.map((row) => [Number(row['id']), row['sha256']])).toEqual(
        MIGRATIONS.map(({ id, sql }) => [id, createHash('sha256').update(sql).digest('hex')]),
      );
    });

    test('several processes at once apply a new one exactly once', async () => {
      const done = await Promise.all([1, 2, 3, 4].map(() => migrate(open(), [...MIGRATIONS, more])));
      expect(done.flat()).toEqual([next]);
      expect(await there('countersign.more_n')).toBe(true);
      await open().execute('drop table countersign.more');
      await forget();
    });

    test('one that was edited after it was applied is refused, with both digests', async () => {
      const edited = MIGRATIONS.with(0, { ...MIGRATIONS[0]!, sql: `${MIGRATIONS[0]!.sql}-- a comment\n` });
      const digest = (sql: string): string => createHash('sha256').update(sql).digest('hex');
      await expect(migrate(open(), edited)).rejects.toMatchObject({
        code: 'ERR_MIGRATION',
        field: 'migration 1',
        expected: digest(edited[0]!.sql),
        actual: digest(MIGRATIONS[0]!.sql),
      });
    });

    test('a database of a newer version is refused, and nothing is applied to it', async () => {
      await open().query('insert into countersign.migration (id, name, sha256) values ($1, $2, $3)', [
        next + 6,
        'from the future',
        '0'.repeat(64),
      ]);
      await expect(migrate(open(), [...MIGRATIONS, more])).rejects.toMatchObject({ code: 'ERR_MIGRATION', actual: next + 6 });
      expect(await there('countersign.more')).toBe(false);
      await forget();
    });

    test('one that fails in the middle leaves nothing behind, also of those before it', async () => {
      const broken = { id: next + 1, name: 'broken', sql: 'create table countersign.half (n integer);\nselect 1 / 0;\n' };
      await expect(migrate(open(), [...MIGRATIONS, more, broken])).rejects.toMatchObject({ code: 'ERR_STORE', actual: '22012' });
      expect([await there('countersign.more'), await there('countersign.half')]).toEqual([false, false]);
      expect(await migrate(open())).toEqual([]);
    });
  });
}

import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PgPoolLike, type PgStatement, fromPool } from '../../src/adapters/pg.ts';
import { prepareFrequent } from '../../src/adapters/prepared.ts';
import { Chain } from '../../src/append/chain.ts';
import { openStore } from '../../src/store/sql-store.ts';
import { ADD_BATCH, ADD_NOTE, NOW } from '../../src/store/statements.ts';
import { event, signer } from '../support/chain.ts';
import { testResolver } from '../support/keys.ts';
import { memoryMark } from '../support/mark.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';

/** Notes what is asked, and refuses what it is told to. */
function noting(refusal?: string) {
  const asked: (string | PgStatement)[] = [];
  const queries = prepareFrequent({
    query(statement) {
      asked.push(statement);
      if (refusal === undefined || typeof statement === 'string') return Promise.resolve({ rows: [] });
      return Promise.reject(Object.assign(new Error('refused'), { code: refusal }));
    },
  });
  return { asked, queries };
}

test('what every batch runs is prepared under a name that is its text’s own; other statements are not', async () => {
  const { asked, queries } = noting();
  for (const text of [ADD_BATCH, ADD_NOTE, ADD_BATCH, NOW]) await queries.query(text, [1]);
  const names = asked.map((statement) => (typeof statement === 'string' ? statement : statement.name));
  const [batch, note] = ['batch', 'note'].map(
    (what) => expect.stringMatching(new RegExp(`^countersign_add_${what}_[0-9a-f]{16}$`)) as unknown,
  );
  expect(names).toEqual([batch, note, names[0], NOW]);
});

test.each(['26000', '42P05'])(
  'a session that is another than it was prepared on (%s) ends the preparing, and the statement is run',
  async (code) => {
    const { asked, queries } = noting(code);
    await queries.query(ADD_BATCH, [1]);
    await queries.query(ADD_NOTE, [1]);
    expect(asked).toEqual([expect.objectContaining({ text: ADD_BATCH }), ADD_BATCH, ADD_NOTE]);
  },
);

test('any other refusal is the statement’s own', async () => {
  const { asked, queries } = noting('23505');
  await expect(queries.query(ADD_BATCH, [1])).rejects.toMatchObject({ code: '23505' });
  expect(asked).toHaveLength(1);
});

describe.skipIf(postgresMissing() !== undefined)('behind a pooler that hands out sessions by transaction', () => {
  let url: string;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    url = await newDatabase();
  });
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
  });

  /** A chain whose session is made to look like another one before each prepared statement; what was refused. */
  async function chainOver(name: string, elsewhere: (statement: PgStatement) => string): Promise<{ chain: Chain; refused: string[] }> {
    const own = new Pool({ connectionString: url, max: 4 });
    const refused: string[] = [];
    const pool: PgPoolLike = {
      async connect() {
        const client = await own.connect();
        return {
          async query(statement, values) {
            if (typeof statement !== 'string') await client.query(elsewhere(statement));
            try {
              return await client.query(statement, values);
            } catch (error) {
              refused.push((error as { code: string }).code);
              throw error;
            }
          },
          release: (destroy) => client.release(destroy),
          on: client.on.bind(client),
        };
      },
      query: (statement, values) => own.query(statement, values),
      end: () => own.end(),
      on: (event, listener) => own.on(event, listener),
    };
    const store = await openStore(fromPool(pool));
    closing.push(() => store.close());
    const parts = { signers: [signer], resolver: testResolver([signer]), mark: memoryMark(), clock: Date };
    const chain = await Chain.open({ ...parts, store: await store.create(name) });
    closing.push(() => chain.close());
    return { chain, refused };
  }

  test('the session lacks the statement: every event is appended once', async () => {
    const { chain, refused } = await chainOver('example.com/lacks', () => 'deallocate all');
    for (let n = 1; n <= 3; n++) expect((await chain.append(event(n))).seq).toBe(n);
    expect(new Set(refused)).toEqual(new Set(['26000']));
  });

  test('the session has it from somebody else: the same', async () => {
    const { chain, refused } = await chainOver('example.com/has', ({ name }) => `deallocate all; prepare ${name} as select 1`);
    for (let n = 1; n <= 3; n++) expect((await chain.append(event(n))).seq).toBe(n);
    expect(new Set(refused)).toEqual(new Set(['42P05']));
  });
});

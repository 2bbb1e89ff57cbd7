import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgres } from '../../src/node/postgres/open.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { AuditStore, ChainStore } from '../../src/store/store.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';

const CHAIN = 'copy.example.com/log';
const COUNT = 12_345;
/** A record of its own length each, with what COPY's text format would escape and characters of 2, 3 and 4 bytes. */
const record = (seq: number): string => `{"n":${seq},"t":"${'\\\\ \\u0001 ü € 😀'.repeat(seq % 17)}"}`;
const ROWS = `select 1, n, '{"n":' || n || ',"t":"' || repeat('\\\\ \\u0001 ü € 😀', (n % 17)::integer) || '"}' from generate_series(0, ${COUNT - 1}) as n`;

describe.skipIf(postgresMissing() !== undefined)('records read by COPY', () => {
  let client: SqlClient;
  let database: AuditStore;
  let store: ChainStore;
  beforeAll(async () => {
    client = await openPostgres(await newDatabase(), { max: 2 });
    database = await openStore(client);
    store = await database.create(CHAIN);
    await client.execute(`set role countersign_owner; insert into countersign.record (chain, seq, record) ${ROWS}; reset role`);
  });
  afterAll(() => database?.close());

  async function read(from: number, to: number): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.records(from, to)) {
      expect(chunk.at(-1)).toBe(10);
      chunks.push(chunk);
    }
    // Decoded at the end: a chunk that was written over would show.
    return Buffer.concat(chunks).toString('utf8');
  }
  const lines = (from: number, to: number): string =>
    Array.from({ length: Math.min(to, COUNT) - from }, (_, i) => `${record(from + i)}\n`).join('');

  test('are the bytes that were stored, over several statements, whatever the ends', async () => {
    for (const [from, to] of [
      [0, COUNT],
      [3, COUNT + 5000],
      [9_999, 11_111],
      [5, 1005],
    ] as const)
      expect((await read(from, to)) === lines(from, to)).toBe(true);
  });

  test('are left out where they are missing, by either way of reading', async () => {
    const remove = (first: number, end: number): Promise<void> =>
      client.execute(`set role countersign_owner; delete from countersign.record where seq >= ${first} and seq < ${end}; reset role`);
    await remove(2000, 2600);
    await remove(12_000, COUNT);
    expect((await read(1800, 2700)) === lines(1800, 2000) + lines(2600, 2700)).toBe(true);
    expect((await read(1000, 3000)) === lines(1000, 2000) + lines(2600, 3000)).toBe(true);
    expect((await read(11_900, 12_400)) === lines(11_900, 12_000)).toBe(true);
    expect(await read(2000, 2600)).toBe('');
    await client.execute(
      `set role countersign_owner; insert into countersign.record (chain, seq, record) ${ROWS} on conflict do nothing; reset role`,
    );
  });

  test('leave the connection usable when the reader stops early, or the rows cannot be read', async () => {
    for await (const chunk of store.records(0, COUNT)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect((await read(11_000, COUNT)) === lines(11_000, COUNT)).toBe(true);
    await client.execute('alter table countersign.record rename to moved');
    await expect(read(0, COUNT)).rejects.toMatchObject({ code: 'ERR_STORE', actual: '42P01' });
    await client.execute('alter table countersign.moved rename to record');
    expect((await read(11_000, COUNT)) === lines(11_000, COUNT)).toBe(true);
  });
});

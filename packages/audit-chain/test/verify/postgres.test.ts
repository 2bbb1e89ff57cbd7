import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { fromPool } from '../../src/adapters/pg.ts';
import { openSource } from '../../src/node/verify/open.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import type { AuditStore } from '../../src/store/store.ts';
import type { VerifyOptions } from '../../src/verify/context.ts';
import { SourceError } from '../../src/verify/ports.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import type { Report } from '../../src/verify/report.ts';
import { temporaryFolder } from '../support/database.ts';
import { event } from '../support/chain.ts';
import { redactPrivateValue } from '../../src/redact/redact.ts';
import { asOwner } from '../support/intruder.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';
import { type SealedChain, noted, sealedChain } from '../support/sealed.ts';
import { short } from './support/source.ts';

describe.skipIf(postgresMissing() !== undefined)('a PostgreSQL database as a source', () => {
  let url: string;
  let client: SqlClient;
  let store: AuditStore;
  let sealed: SealedChain;
  const folder = temporaryFolder();

  beforeAll(async () => {
    const database = await newDatabase();
    client = fromPool(new Pool({ connectionString: database, max: 8 }));
    store = await openStore(client);
    await client.query(`create role viewer_${process.pid} login password 'hush-hush' in role countersign_reader`);
    url = database.replace('//postgres@', `//viewer_${process.pid}:hush-hush@`);
    sealed = await sealedChain({ store, folder: folder.path }, 40);
  });
  afterAll(async () => {
    await sealed.chain.close();
    await store.close();
    folder.remove();
  });

  async function inspect(options: VerifyOptions = {}): Promise<Report> {
    const chain = options.chain ?? sealed.chain.id;
    const open = await openSource(url, process.stdin, chain);
    if (open.kind !== 'records') throw new TypeError('a database is read as records');
    try {
      return await inspectRecords(open.source, { resolver: sealed.parts.resolver, chain, ...options });
    } finally {
      await open.close();
    }
  }

  it('is verified by a login that may only read, at every level', async () => {
    await noted(sealed.chain, sealed.parts.store);
    for (const level of ['integrity', 'default', 'deep'] as const) {
      expect(await inspect({ level })).toMatchObject({ exitCode: 0, source: 'database', findings: [], counts: { records: 40 } });
    }
  });

  it('that is appended to meanwhile is judged as it was at the beginning', async () => {
    const open = await openSource(url, process.stdin, sealed.chain.id);
    const size = sealed.chain.size;
    await sealed.append(60, 20);
    const report = await inspectRecords((open as Extract<typeof open, { kind: 'records' }>).source, { resolver: sealed.parts.resolver });
    await open.close();
    expect(report).toMatchObject({ exitCode: 0, findings: [], head: { size } });
    expect(await inspect()).toMatchObject({ exitCode: 0, head: { size: sealed.chain.size } });
  });

  it('shows records with escapes as they are stored', async () => {
    await sealed.chain.append(event(7, { payload: { text: 'tab\t line\n quote " backslash \\ \\n \u0001 ✓' } }));
    await noted(sealed.chain, sealed.parts.store);
    expect(await inspect({ level: 'deep' })).toMatchObject({ exitCode: 0, findings: [] });
  });

  it('with a column that contradicts its record, or a record changed in place, is caught', async () => {
    const changes = [
      ['update countersign.record set seq = 99999 where chain = $1 and seq = 20', ['COLUMN_DIFFERS/99999.seq']],
      [`update countersign.record set record = replace(record, '"n":7', '"n":8') where chain = $1 and seq = 8`, ['RECORD_MODIFIED/8.hash']],
      [
        `update countersign.record set record = replace(record, '"type"', E'\\n"type"') where chain = $1 and seq = 8`,
        ['RECORD_MODIFIED/8.hash'],
      ],
      ['delete from countersign.record where chain = $1 and seq < 10', ['HEAD_TRUNCATED/0']],
      ['delete from countersign.record where chain = $1 and seq > 30', ['TAIL_TRUNCATED/31']],
    ] as const;
    for (const [statement, expected] of changes) {
      const before = await client.query('select chain, seq, record from countersign.record where chain = (select id from countersign.chain where name = $1)', [sealed.chain.id]); // prettier-ignore
      await asOwner(client, statement.replace('$1', '(select id from countersign.chain where name = $1)'), [sealed.chain.id]);
      const report = await inspect();
      expect(report.exitCode, statement).toBe(10);
      expect(short(report), statement).toEqual(expect.arrayContaining([...expected]));
      await client.transaction(async (queries) => {
        await queries.query('set local role countersign_owner');
        await queries.query('delete from countersign.record where chain = $1', [before[0]!['chain']]);
        for (const { chain, seq, record } of before)
          await queries.query('insert into countersign.record (chain, seq, record) values ($1, $2, $3)', [chain, seq, record]);
      });
    }
    expect((await inspect()).exitCode).toBe(0);
  });

  it('at level deep shows private values that are not the committed ones, and ids that are not the records', async () => {
    const { seq, id } = await sealed.chain.append(event(8, { private: { email: 'a@example.com', phone: '1' } }));
    const gone = await sealed.chain.append(event(9, { private: { email: 'b@example.com' } }));
    await redactPrivateValue(sealed.parts.store, { seq: gone.seq, name: 'email', reason: 'request 1', actor: 'user:dpo' });
    await sealed.append(1);
    await noted(sealed.chain, sealed.parts.store);
    const deep = async (as: string): Promise<Report> => {
      const reader = url;
      url = as;
      try {
        return await inspect({ level: 'deep', require: ['private'] });
      } finally {
        url = reader;
      }
    };
    const retention = url.replace('viewer_', 'keeper_');
    await client.query(`create role keeper_${process.pid} login password 'hush-hush' in role countersign_retention`);
    expect(short(await deep(url))).toEqual(['REQUIREMENT_UNMET.private']);
    expect(await deep(retention)).toMatchObject({ exitCode: 0, findings: [] });
    const one = `id = '${id}' and name`;
    const changes = [
      [`update countersign.private_value set value = '"c@example.com"' where ${one} = 'email'`, `PRIVATE_DIFFERS/${seq}.email`, 10],
      [`delete from countersign.private_value where ${one} = 'phone'`, `PRIVATE_ABSENT/${seq}.phone`, 12],
      [
        `update countersign.private_value set value = '"b@example.com"', salt = sha256('') where id = '${gone.id}'`,
        `PRIVATE_PUT_BACK/${gone.seq}.email`,
        10,
      ],
      [`update countersign.event_id set digest = sha256('') where id = '${id}'`, `COLUMN_DIFFERS/${seq}.event_id.digest`, 10],
      [`delete from countersign.event_id where id = '${gone.id}'`, `COLUMN_DIFFERS/${gone.seq}.event_id.id`, 10],
    ] as const;
    await asOwner(client, 'alter table countersign.private_value disable trigger only_erased');
    await asOwner(client, 'alter table countersign.event_id disable trigger only_placed');
    for (const [statement, finding, exitCode] of changes) {
      await asOwner(client, statement);
      const report = await deep(retention);
      expect(short(report), statement).toContain(finding);
      expect([10, exitCode]).toContain(report.exitCode);
    }
    // A record of the log that says it otherwise than it can be said, or is none, is named by the scan and ends no run.
    const redacted = `where seq > ${gone.seq} and record like '%"type":"record.redacted"}%'`;
    await asOwner(client, `update countersign.record set record = replace(record, '"reason"', '"because"') ${redacted}`);
    expect(short(await deep(retention))).toEqual(expect.arrayContaining([`RECORD_MODIFIED/${gone.seq + 1}.hash`]));
    await asOwner(client, `update countersign.record set record = replace(record, '"event"', '"event') ${redacted}`);
    expect(short(await deep(retention))).toEqual(expect.arrayContaining([`RECORD_MODIFIED/${gone.seq + 1}.hash`]));
    await asOwner(
      client,
      `update countersign.record set record = replace(replace(record, '"event', '"event"'), '"because"', '"reason"') ${redacted}`,
    );
  });

  it('with several chains must be told which; one that is not there holds nothing to verify', async () => {
    const other = await Chain.open({ ...sealed.parts, store: await store.create('other.example.com') });
    await other.close();
    await expect(openSource(url, process.stdin)).rejects.toMatchObject({ code: 'ERR_VERIFY_OPTIONS', field: 'chain' });
    expect(await inspect({ chain: 'none.example.com' })).toMatchObject({ exitCode: 12, findings: [{ code: 'NOTHING_TO_VERIFY' }] });
    expect(await inspect({ chain: 'other.example.com' })).toMatchObject({ exitCode: 0, counts: { records: 1 } });
  });

  it('that cannot be reached, let in or read is an unreadable source, and never shows the password', async () => {
    const wrong = [url.replace(/\/test_\w+/, '/none'), url.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'), await newDatabase()];
    for (const one of wrong) {
      const error = await openSource(one, process.stdin).then(
        () => undefined,
        (reason: unknown) => reason as Error,
      );
      expect(error).toBeInstanceOf(SourceError);
      expect(`${error!.message} ${error!.stack}`).not.toContain('hush-hush');
    }
    await expect(openSource('postgres://%zz:hush-hush@', process.stdin)).rejects.toMatchObject({ code: 'ERR_STORE_URL' });
  });
});

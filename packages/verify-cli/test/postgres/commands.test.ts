import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { newDatabase, postgresMissing } from '../../../audit-chain/test/support/postgres.ts';
import { openPostgres } from '@countersign/audit-chain/node/postgres/open';
import { MIGRATIONS } from '@countersign/audit-chain/store/migrations';
import { migrate } from '@countersign/audit-chain/store/migrate';
import { tail } from '../../src/node/audit-chain/tail/tail.ts';
import { type Run, run, verify } from './run.ts';

const SECRET = 'never-to-be-shown';
const CHAIN = 'example.com/first';
const folder = temporaryFolder();
afterAll(() => folder.remove());
const at = (name: string): string => join(folder.path, name);

/** The server trusts everybody, so any password will do: none may be shown. */
const withPassword = (url: string): string => url.replace('//postgres@', `//postgres:${SECRET}@`);

const EVENTS = [1, 2, 3]
  .map((n) => `${JSON.stringify({ type: 'order.paid', actor: 'user:2', subject: `order:${n}`, payload: { n, note: '\u001b[31m' } })}\n`)
  .join('');

describe.skipIf(postgresMissing() !== undefined)('audit-chain on postgres://', () => {
  let url: string;
  let keys: string;
  let options: readonly string[];
  const all: Run[] = [];
  const ran = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> => {
    const done = await run(argv, env);
    all.push(done);
    return done;
  };
  const ok = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { code, out, err } = await ran(argv, env);
    expect({ argv, code, err }).toEqual({ argv, code: 0, err: '' });
    return out;
  };

  async function execute(sql: string, to = url): Promise<void> {
    const client = new Client(to);
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  beforeAll(async () => {
    url = withPassword(await newDatabase());
    keys = at('keys');
    options = ['--signer', `file:${keys}`];
    expect(await ok(['init', url, '--chain', CHAIN, ...options])).toContain(`Created the chain ${CHAIN} in postgres://postgres@127.0.0.1`);
    await ok([
      'append',
      url,
      ...options,
      '--type',
      'order.created',
      '--actor',
      'user:1',
      '--subject',
      'order:1',
      '--payload',
      '{"amount":5}',
    ]);
    writeFileSync(at('events.jsonl'), EVENTS);
    expect(await ok(['import', url, at('events.jsonl'), ...options])).toContain('settled 3 events');
  });

  afterAll(() => {
    for (const { out, err } of all) expect(out + err).not.toContain(SECRET);
  });

  test('keys, registry and mark lie in the folder of the signer', async () => {
    const files = ['dev-root.pem', 'dev.pem', 'high-water.example.com+first.json', 'signers.json'];
    await expect.poll(() => readdirSync(keys).sort()).toEqual(files);
  });

  test('status says where the log stands', async () => {
    expect(JSON.parse(await ok(['status', url, '--json', ...options]))).toMatchObject({
      chain: CHAIN,
      records: 5,
      settled: 5,
      highWaterMark: 5,
    });
    expect(await ok(['status', url])).toContain('signer           none named');
  });

  test('the log and the signer may come from the environment', async () => {
    const env = { AUDIT_LOG: url, AUDIT_SIGNER: `file:${keys}`, AUDIT_SIGNERS: join(keys, 'signers.json') };
    expect(await ok(['status'], env)).toContain('all settled');
    expect((await ran(['status'], { AUDIT_LOG: '' })).err).toContain('ERR_CLI_LOG');
  });

  test('query prints what is asked for, as text that steers no terminal or as it is stored', async () => {
    const text = await ok(['query', url, '--type', 'order.paid', '--to', '3']);
    expect(text.split('\n').length).toBe(3);
    expect(text).toContain('order.paid  user:2  order:1  {"n":1,"note":"\\u001b[31m"}');
    const json = await ok(['query', url, '--actor', 'user:2', '--newest-first', '--limit', '2', '--json']);
    expect(
      json
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { link: { seq: number } }).link.seq),
    ).toEqual([4, 3]);
    const { code, out, err } = await ran(['query', url, '--subject', 'order:9']);
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: 'no such record\n' });
    expect(await ok(['query', url, '--from', '2020-01-01T00:00:00Z', '--to', '2999-01-01T00:00:00Z', '--subject', 'order:2'])).toContain(
      'order:2',
    );
    for (const wrong of [
      ['--limit', '0'],
      ['--id', 'x'],
      ['--from', 'yesterday'],
    ]) {
      expect(await ran(['query', url, ...wrong])).toMatchObject({ code: 2, err: expect.stringContaining('ERR_CLI_OPTION') as string });
    }
  });

  test('query writes receipts that verify offline, and overwrites none', async () => {
    await ok(['query', url, '--subject', 'order:1', '--receipts', at('receipts')]);
    const files = readdirSync(at('receipts'));
    expect(files).toEqual(['0000000000000001.receipt', '0000000000000002.receipt']);
    for (const file of files)
      expect((await verify(['receipt', join(at('receipts'), file), '-s', join(keys, 'signers.json')])).code).toBe(0);
    expect(await ran(['query', url, '--subject', 'order:1', '--receipts', at('receipts')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is already there') as string,
    });
  });

  test('receipt and seal write what audit-verify accepts', async () => {
    await ok(['receipt', url, '--seq', '1', '--out', at('one.receipt')]);
    expect((await verify(['receipt', at('one.receipt'), '-s', join(keys, 'signers.json')])).code).toBe(0);
    expect(await ok(['seal', url, '--to', at('archive'), ...options])).toContain('sealed records 0 to 4');
    expect((await verify([at('archive'), '-s', join(keys, 'signers.json')])).code).toBe(0);
  });

  test('tail prints the newest records, and follows', async () => {
    expect((await ok(['tail', url, '-n', '2'])).match(/^ +[34] {2}/gm)?.length).toBe(2);
    const stop = new AbortController();
    const chain = 'example.com/followed';
    await ok(['init', url, '--chain', chain, '--signer', `file:${at('followed')}`]);
    const printed: string[] = [];
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text: string | Uint8Array) => {
      printed.push(String(text));
      if (printed.length === 3) stop.abort();
      return true;
    };
    try {
      const following = tail(url, { chain, follow: true, number: '1' }, stop.signal);
      const { openLog } = await import('../../src/node/log/open.ts');
      const log = await openLog(url, { chain, signer: `file:${at('followed')}` });
      for (const n of [1, 2]) await log.chain.append({ type: 'order.paid', actor: 'user:1', subject: `order:${n}` });
      await following;
      await log.close();
    } finally {
      process.stdout.write = write;
    }
    for (const [i, text] of ['chain.created', 'order:1', 'order:2'].entries()) expect(printed[i]).toContain(text);
    expect(await ran(['tail', at('nowhere'), '-f'])).toMatchObject({ code: 2, err: expect.stringContaining('--follow') as string });
  });

  test('a database with several chains asks which', async () => {
    const { code, err } = await ran(['status', url]);
    expect(code).toBe(2);
    expect(err).toContain(`expected one of the 2 chains of the database`);
    expect(await ok(['status', url, '--chain', CHAIN])).toContain(CHAIN);
    expect((await ran(['status', url, '--chain', 'example.com/none'])).err).toContain('ERR_CHAIN_UNKNOWN');
  });

  test('doctor: ready, with the superuser as a warning; a mark that contradicts the log is exit 10', async () => {
    const ready = await ran(['doctor', url, '--chain', CHAIN, ...options]);
    expect({ code: ready.code, err: ready.err }).toEqual({ code: 0, err: '' });
    expect(ready.out).toMatch(/^warn {2}roles/m);
    expect(ready.out).toMatch(/^ok {4}mark/m);
    const other = withPassword(await newDatabase());
    await ok(['init', other, '--chain', CHAIN, '--signer', `file:${keys}`], { AUDIT_MARK: `file:${at('other-mark.json')}` });
    const behind = await ran(['doctor', other, '--json', ...options]);
    expect(behind.code).toBe(10);
    const { checks } = JSON.parse(behind.out) as { checks: { name: string; status: string; integrity?: boolean }[] };
    expect(checks.find(({ name }) => name === 'mark')).toMatchObject({ status: 'fail', integrity: true });
    expect((await ran(['append', other, ...options, '--type', 'a.b', '--actor', 'c'])).err).toContain('ERR_CHAIN_ROLLED_BACK');
  });

  test('the mark in a second database', async () => {
    const [log, marks] = [withPassword(await newDatabase()), withPassword(await newDatabase())];
    const env = { AUDIT_MARK: marks };
    await ok(['init', log, '--chain', 'example.com/second', '--signer', `file:${at('second')}`], env);
    await ok(['append', log, '--type', 'a.b', '--actor', 'c', '--signer', `file:${at('second')}`], env);
    expect(JSON.parse(await ok(['status', log, '--json'], env))).toMatchObject({ highWaterMark: 2 });
    expect(existsSync(at('second/high-water.example.com+second.json'))).toBe(false);
    expect((await ran(['doctor', log, '--signer', `file:${at('second')}`], env)).code).toBe(0);
    expect((await ran(['append', log, '--type', 'a.b', '--actor', 'c', '--signer', `file:${at('second')}`])).err).toContain(
      'ERR_MARK_MISSING',
    );
  });

  test('what is missing is named: signer, registry, log, database, server', async () => {
    const append = ['--type', 'a.b', '--actor', 'c', '--chain', CHAIN];
    expect((await ran(['append', url, ...append])).err).toContain('ERR_CLI_SIGNER: signer: none was named');
    expect((await ran(['append', url, ...append, '--signer', `file:${at('empty')}`])).err).toContain(
      'ERR_CLI_SIGNER: signers: no registry',
    );
    expect((await ran(['append', url, ...append, ...options], { AUDIT_MARK: 'redis:x' })).err).toContain('ERR_CLI_MARK');
    const empty = withPassword(await newDatabase());
    expect(await ran(['status', empty])).toMatchObject({ code: 2, err: expect.stringContaining('ERR_LOG_MISSING') as string });
    const doctor = await ran(['doctor', empty]);
    expect(doctor).toMatchObject({ code: 14, out: expect.stringContaining('audit-chain init') as string });
    const gone = url.replace(/[^/]*$/, 'no_such_database');
    expect(await ran(['status', gone])).toMatchObject({
      code: 14,
      err: expect.stringContaining('there is no database of this name') as string,
    });
    const nowhere = `postgres://postgres:${SECRET}@127.0.0.1:1/log`;
    expect(await ran(['status', nowhere])).toMatchObject({
      code: 14,
      err: expect.stringContaining('postgres://postgres@127.0.0.1:1/log') as string,
    });
    expect(await ran(['doctor', nowhere])).toMatchObject({ code: 14 });
    expect(await ran(['status', `postgres://postgres:${SECRET}@[/log`])).toMatchObject({
      code: 2,
      err: expect.stringContaining('ERR_STORE_URL') as string,
    });
  });

  test('a session whose commits may be lost appends nothing', async () => {
    const weak = `${url}?options=-c%20synchronous_commit%3Doff`;
    const refused = await ran(['append', weak, ...options, '--chain', CHAIN, '--type', 'a.b', '--actor', 'c']);
    expect(refused).toMatchObject({ code: 14, err: expect.stringContaining('ERR_NOT_DURABLE') as string });
    expect((await ran(['doctor', weak, '--chain', CHAIN])).out).toMatch(/^fail {2}durability/m);
  });

  test('a chain is made once; an attempt that left no record is taken up', async () => {
    expect(await ran(['init', url, '--chain', CHAIN, ...options])).toMatchObject({
      code: 2,
      err: expect.stringContaining('ERR_CHAIN_EXISTS') as string,
    });
    expect((await ran(['init', url, '--chain', 'example.com/third'])).err).toContain('ERR_CLI_SIGNER');
    // Its registry is for the first chain: nothing is signed, and the chain has no record yet.
    expect((await ran(['init', url, '--chain', 'example.com/third', ...options])).code).not.toBe(0);
    await ok(['init', url, '--chain', 'example.com/third', '--signer', `file:${at('third')}`]);
  });

  test('migrate applies what is missing, on request only when the head is verified', async () => {
    const old = withPassword(await newDatabase());
    const mine = ['--signer', `file:${at('old')}`];
    const client = await openPostgres(old);
    await migrate(client, MIGRATIONS.slice(0, 3));
    await client.close();
    expect(await ran(['status', old])).toMatchObject({ code: 2, err: expect.stringContaining('audit-chain migrate') as string });
    expect(await ok(['migrate', old])).toBe('applied migration 4, 5, 6\n');
    expect(await ok(['migrate', old])).toContain('nothing to migrate');
    await ok(['init', old, '--chain', 'example.com/old', ...mine]);
    // As a version before would have left it.
    const back =
      'drop index countersign.record_actor, countersign.record_subject, countersign.record_type; delete from countersign.migration where id = 4';
    const forth =
      'alter table countersign.record add foreign key (chain) references countersign.chain (id); alter table countersign.event_id add foreign key (chain) references countersign.chain (id)';
    await execute(`set role countersign_owner; ${back}; ${forth}`, old);
    expect((await ran(['migrate', old, '--require-verified-head'])).err).toContain('ERR_CLI_SIGNER');
    await execute("set role countersign_owner; update countersign.record set record = replace(record, 'system:', 'sistem:')", old);
    expect(await ran(['migrate', old, '--require-verified-head', ...mine])).toMatchObject({
      code: 10,
      err: expect.stringContaining('ERR_CHAIN_TAMPERED') as string,
    });
    await execute("set role countersign_owner; update countersign.record set record = replace(record, 'sistem:', 'system:')", old);
    expect(await ok(['migrate', old, '--require-verified-head', ...mine])).toBe(
      'verified example.com/old at size 1\napplied migration 4\n',
    );
  });
});

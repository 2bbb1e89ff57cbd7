import { afterAll, beforeAll, expect, test } from 'vitest';
import { logSource } from '../../src/node/verify/log-source.ts';
import { redactPrivateValue } from '../../src/redact/redact.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import type { Report } from '../../src/verify/report.ts';
import { type TestBed, event, openNew, testBed } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { noted } from '../support/sealed.ts';
import { short } from './support/source.ts';

let bed: TestBed;
beforeAll(async () => void (bed = await testBed()));
afterAll(() => bed.close());

test('of an embedded database level deep compares private values, and ids, with the records too', async () => {
  const { parts, chain } = await openNew(bed, 3);
  const { store } = parts;
  const { seq, id } = await chain.append(event(8, { private: { email: 'a@example.com', phone: '1' } }));
  const gone = await chain.append(event(9, { private: { email: 'b@example.com' } }));
  await redactPrivateValue(store, { seq: gone.seq, name: 'email', reason: 'request 1', actor: 'user:dpo' });
  await chain.append(event(10));
  await noted(chain, store);
  await chain.close();
  const deep = async (): Promise<Report> =>
    await inspectRecords(logSource(store, bed.client), { resolver: parts.resolver, level: 'deep', require: ['private'] });
  expect(await deep()).toMatchObject({ exitCode: 0, findings: [] });
  await asOwner(bed.client, 'alter table countersign.private_value disable trigger only_erased');
  await asOwner(bed.client, 'alter table countersign.event_id disable trigger only_placed');
  const changes = [
    [
      `update countersign.private_value set value = '"c@example.com"' where id = '${id}' and name = 'email'`,
      `PRIVATE_DIFFERS/${seq}.email`,
    ],
    [`delete from countersign.private_value where id = '${id}' and name = 'phone'`, `PRIVATE_ABSENT/${seq}.phone`],
    [`update countersign.private_value set value = '1', salt = sha256('') where id = '${gone.id}'`, `PRIVATE_PUT_BACK/${gone.seq}.email`],
    [`update countersign.event_id set digest = sha256('') where id = '${id}'`, `COLUMN_DIFFERS/${seq}.event_id.digest`],
    [`delete from countersign.event_id where id = '${gone.id}'`, `COLUMN_DIFFERS/${gone.seq}.event_id.id`],
  ] as const;
  for (const [statement, finding] of changes) {
    await asOwner(bed.client, statement);
    expect(short(await deep()), statement).toContain(finding);
  }
  // What waits and is no event of the log excuses nothing, and is told.
  const forged = `{"actor":"user:dpo","payload":{"name":"phone","seq":${seq}},"type":"record.redacted"}`;
  for (const text of [forged, '"type":"record.redacted"}'])
    await asOwner(bed.client, `insert into countersign.waiting (chain, id, event, by_library) select chain, gen_random_uuid(), $1, true from countersign.event_id where id = '${id}'`, [text]); // prettier-ignore
  const report = await deep();
  expect(short(report)).toEqual(expect.arrayContaining([`PRIVATE_ABSENT/${seq}.phone`, 'WAITING_MALFORMED.record.redacted']));
  expect(report.findings.find(({ code }) => code === 'WAITING_MALFORMED')!.actual).toBe('2 of 2 that wait are none');
});

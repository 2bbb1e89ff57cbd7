import { readLink } from '@countersign/proof-core/record/link';
import type { Clock } from '@countersign/proof-core/ports';
import type { SqlClient } from '../store/sql.ts';
import type { ChainStore } from '../store/store.ts';
import { type Check, checkOf, seconds } from './check.ts';

const CLOCK_WARN_MS = 1000;
/** Beyond this nothing is sequenced (architecture §3.1). */
const CLOCK_FAIL_MS = 5000;

/** Compares the clocks of the process and the database. */
export async function checkClock(store: ChainStore, clock: Clock): Promise<Check> {
  const { ok, warn, fail } = checkOf('clock');
  const before = clock.now();
  const there = await store.now();
  // The answer was true at some moment in between.
  const after = clock.now();
  const difference = Math.max(0, before - there, there - after);
  const detail = `the clocks of this process and the database differ by ${seconds(difference)}`;
  if (difference > CLOCK_FAIL_MS) return fail(detail, 'synchronise the clocks (NTP): beyond 5 s nothing is sequenced');
  return difference > CLOCK_WARN_MS ? warn(detail, 'synchronise the clocks (NTP)') : ok(detail);
}

const WAITING = `select (select count(*) from (select from countersign.waiting w where w.chain = c.id limit 100001) w) as waiting,
  (select w.id from countersign.waiting w where w.chain = c.id order by w.n limit 1) as oldest,
  (select count(*) from countersign.quarantine q where q.chain = c.id) as quarantined
from countersign.chain c where c.name = $1`;

const LAG_WARN_MS = 5000;
const LAG_FAIL_MS = 60_000;

/** Looks at events that wait for their place, and at those that were put aside. */
export async function checkWaiting(client: SqlClient, store: ChainStore): Promise<readonly Check[]> {
  const [row] = await client.query(WAITING, [store.chain]);
  const count = Number(row!['waiting']);
  const aside = Number(row!['quarantined']);
  const quarantine = checkOf('quarantine');
  return [
    await sequencing(store, count, row!['oldest'] as string | null),
    aside === 0
      ? quarantine.ok('nothing was put aside')
      : quarantine.warn(
          `${aside} waiting events were not written by the library and were put aside`,
          'look into countersign.quarantine: somebody writes into the log’s tables',
        ),
  ];
}

async function sequencing(store: ChainStore, count: number, oldest: string | null): Promise<Check> {
  const { ok, warn, fail } = checkOf('sequencing');
  if (count === 0) return ok('no event waits for its place');
  const detail = `${count > 100_000 ? 'more than 100000' : count} events wait for their place`;
  const advice = 'a process has to have the chain open to sequence them: start one, and look at its log';
  const since = oldest === null ? undefined : timeOfId(oldest);
  if (since === undefined) return warn(`${detail}, it cannot be told since when`, advice);
  const age = Math.max(0, (await store.now()) - since);
  if (age > LAG_FAIL_MS) return fail(`${detail}, the oldest for ${seconds(age)}`, advice);
  return age > LAG_WARN_MS ? warn(`${detail}, the oldest for ${seconds(age)}`, advice) : ok(`${detail}, the oldest for ${seconds(age)}`);
}

/** When a UUID v7 was made, milliseconds since 1970; ids of other versions do not tell. */
function timeOfId(id: string): number | undefined {
  return id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;
}

const UNSIGNED_WARN_MS = 10_000;
const UNSIGNED_FAIL_MS = 60_000;

/** Looks at durable records that no checkpoint covers. */
export async function checkUnsigned(store: ChainStore): Promise<Check> {
  const { ok, warn, fail } = checkOf('unsigned');
  const size = (await store.checkpoint())?.size ?? 0;
  const signed = (await store.note())?.size ?? 0;
  if (size <= signed) return ok(`all ${signed} records are settled`);
  const detail = `${size - signed} of ${size} records wait for their checkpoint`;
  const record = (await store.recordsAt([signed])).get(signed);
  const link = record && readLink(record, 0, record.length);
  const age = link === undefined ? Infinity : Math.max(0, (await store.now()) - Date.parse(link.time));
  const since = link === undefined ? detail : `${detail}, the oldest for ${seconds(age)}`;
  const advice = 'look at the signer and the high-water mark, and at the log of the process that has the chain open';
  if (age > UNSIGNED_FAIL_MS) return fail(since, advice);
  return age > UNSIGNED_WARN_MS ? warn(since, advice) : ok(since);
}

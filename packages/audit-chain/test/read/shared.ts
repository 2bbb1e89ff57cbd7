import { randomUUID } from 'node:crypto';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { beforeAll, describe, expect, test } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import type { EventInput } from '../../src/record/event.ts';
import { followRecords } from '../../src/read/follow.ts';
import { type RecordQuery, readRecords } from '../../src/read/query.ts';
import type { ReadRecord } from '../../src/read/record.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { asOwner } from '../support/intruder.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { memoryMark } from '../support/mark.ts';
import type { OpenDatabase } from '../support/stores.ts';

const SUBJECTS = [
  'order:1',
  'order:10',
  'a "quoted" one',
  'back\\slash\\',
  '","subject":"order:1',
  'Zürich ✓ 💶',
  'x'.repeat(200),
  `${'x'.repeat(199)}y`,
  '\u0001\n\t',
  undefined,
];
const ACTORS = ['user:1', 'user:"1"', '"', 'é'.repeat(100), 'system\u0000'];
const TYPES = ['order.created', 'order.paid', `a.${'b'.repeat(198)}`];

/** Events whose values look like each other and like what the record is made of. */
function tricky(n: number): EventInput {
  const subject = SUBJECTS[n % SUBJECTS.length];
  return {
    actor: ACTORS[n % ACTORS.length]!,
    type: TYPES[n % TYPES.length]!,
    ...(subject === undefined ? {} : { subject }),
    ...(n % 4 === 0 ? { trace: 'a "trace",\\"subject\\":\\"order:1\\"' } : {}),
    payload: { a: { subject: 'order:1', type: 'order.paid' }, n },
    ...(n % 5 === 0 ? { private: { b: 1, subject: 'order:1' } } : {}),
  };
}

async function read(store: ChainStore, query: RecordQuery = {}): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for await (const record of readRecords(store, query)) found.push(record);
  return found;
}

const seqs = async (store: ChainStore, query: RecordQuery): Promise<number[]> => (await read(store, query)).map(({ seq }) => seq);

/** What reading must do on every store. */
export function describeReading(database: () => OpenDatabase): void {
  describe('reading', () => {
    const signer = testSigner(1);
    const resolver = testResolver([signer]);
    let chains = 0;
    let parts: ChainParts;
    let all: ReadRecord[];

    async function newChain(changes: Partial<ChainParts> = {}): Promise<{ parts: ChainParts; chain: Chain }> {
      const store = await database().store.create(`example.com/read-${++chains}`);
      const made = { store, signers: [signer], resolver, mark: memoryMark(), clock: Date, ...changes };
      return { parts: made, chain: await Chain.open(made) };
    }

    beforeAll(async () => {
      // A chain of another name, so that nothing is found there.
      const { chain: other } = await newChain();
      await Promise.all(Array.from({ length: 30 }, (_, n) => other.append(tricky(n))));
      await other.close();
      const { chain, parts: made } = await newChain();
      parts = made;
      for (let batch = 0; batch < 3; batch++) await Promise.all(Array.from({ length: 60 }, (_, n) => chain.append(tricky(batch * 60 + n))));
      await chain.close();
      all = await read(parts.store);
    });

    test('everything comes in order, as it is stored', () => {
      expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 181 }, (_, seq) => seq));
      expect(all[0]!.event.type).toBe('chain.created');
      for (const { seq, record, event, link, settled } of all) {
        expect(link).toMatchObject({ chain: parts.store.chain, seq });
        expect(JSON.parse(new TextDecoder().decode(record))).toEqual({ event, link: { ...link, format: 'countersign/record@1' } });
        expect(settled).toBe(true);
      }
    });

    test('page follows page, in either order', async () => {
      const { chain, parts: made } = await newChain();
      await Promise.all(Array.from({ length: 1100 }, () => chain.append({ type: 'a.b', actor: 'c' })));
      await chain.close();
      const expected = Array.from({ length: 1101 }, (_, seq) => seq);
      expect(await seqs(made.store, {})).toEqual(expected);
      expect(await seqs(made.store, { type: 'a.b', newestFirst: true })).toEqual(expected.slice(1).toReversed());
    });

    test('by subject, actor and type: exactly the records that say so, whatever is in them', async () => {
      for (const subject of SUBJECTS) {
        if (subject === undefined) continue;
        const naive = all.filter(({ event }) => event.subject === subject).map(({ seq }) => seq);
        expect(naive.length).toBe(18);
        expect(await seqs(parts.store, { subject })).toEqual(naive);
      }
      for (const actor of ACTORS) {
        const naive = all.filter(({ event }) => event.actor === actor).map(({ seq }) => seq);
        expect(await seqs(parts.store, { actor })).toEqual(naive);
      }
      for (const type of [...TYPES, 'chain.created']) {
        const naive = all.filter(({ event }) => event.type === type).map(({ seq }) => seq);
        expect(await seqs(parts.store, { type })).toEqual(naive);
      }
      expect(await read(parts.store, { subject: 'order:2' })).toEqual([]);
      expect(await read(parts.store, { type: 'order' })).toEqual([]);
    });

    test('all conditions hold together, with a range, a limit and either order', async () => {
      const query = { type: 'order.paid', actor: 'user:1', from: 20, to: 160 };
      const naive = all
        .filter(({ seq, event }) => seq >= 20 && seq <= 160 && event.type === query.type && event.actor === query.actor)
        .map(({ seq }) => seq);
      expect(naive.length).toBeGreaterThan(8);
      expect(await seqs(parts.store, query)).toEqual(naive);
      expect(await seqs(parts.store, { ...query, newestFirst: true })).toEqual(naive.toReversed());
      expect(await seqs(parts.store, { ...query, limit: 7 })).toEqual(naive.slice(0, 7));
      expect(await seqs(parts.store, { newestFirst: true, limit: 3 })).toEqual([180, 179, 178]);
      expect(await seqs(parts.store, { newestFirst: true })).toEqual(all.map(({ seq }) => seq).toReversed());
      expect(await seqs(parts.store, { from: 5, to: 5 })).toEqual([5]);
      expect(await seqs(parts.store, { from: 6, to: 5 })).toEqual([]);
      expect(await seqs(parts.store, { from: 180, to: 9999 })).toEqual([180]);
      expect(await seqs(parts.store, { limit: 0 })).toEqual([]);
    });

    test('by time: from inclusive, to exclusive', async () => {
      const times = [...new Set(all.map(({ link }) => link.time))];
      const bounds = ['2020-01-01T00:00:00.000Z', times[Math.floor(times.length / 2)]!, '2999-01-01T00:00:00.000Z'];
      for (const from of bounds) {
        for (const to of bounds) {
          const naive = all.filter(({ link }) => link.time >= from && link.time < to).map(({ seq }) => seq);
          expect(await seqs(parts.store, { from, to })).toEqual(naive);
        }
      }
    });

    test('by id, together with the other conditions', async () => {
      const one = all[70]!;
      expect(await seqs(parts.store, { id: one.event.id })).toEqual([70]);
      expect(await seqs(parts.store, { id: one.event.id, to: 69 })).toEqual([]);
      expect(await seqs(parts.store, { id: one.event.id, type: 'chain.created' })).toEqual([]);
      expect(await read(parts.store, { id: randomUUID() })).toEqual([]);
    });

    test('each condition is answered from an index, in order and without sorting', async () => {
      const { client } = database();
      const [row] = await client.query('select id from countersign.chain where name = $1', [parts.store.chain]);
      const plans: string[] = [];
      const store = await openStore({
        ...client,
        query: async (text, parameters) => {
          if (text.includes('seq, record')) {
            const plan = await client.query(`explain ${text}`, parameters);
            plans.push(plan.map((line) => String(line['QUERY PLAN'])).join('\n'));
          }
          return await client.query(text, parameters);
        },
      });
      await client.query('analyze countersign.record');
      const chain = await store.open(parts.store.chain);
      await read(chain, { subject: 'order:10', limit: 20 });
      await read(chain, { actor: 'nobody', limit: 20 });
      await read(chain, { type: 'no.such', limit: 20, newestFirst: true });
      await read(chain, { from: 100, limit: 20 });
      expect(row).toBeDefined();
      for (const [i, index] of ['record_subject', 'record_actor', 'record_type', 'record_pkey'].entries())
        expect(plans[i]).toContain(index);
      expect(plans.join()).not.toMatch(/Sort|Seq Scan/);
    });

    test('receipts of a query verify offline', async () => {
      const found = await read(parts.store, { type: 'order.paid', receipts: true });
      expect(found.length).toBe(60);
      for (const { seq, receipt } of found.filter((_, i) => i % 6 === 0)) {
        const verified = await verifyReceipt(await receipt!.bytes(), { resolver, origin: parts.store.chain });
        expect(verified.link.seq).toBe(seq);
      }
    });

    test('what waits for its checkpoint is left out, or marked and without a receipt', async () => {
      const down = testSigner(2);
      const { chain, parts: made } = await newChain({ signers: [down], resolver: testResolver([down]), limits: { settleTimeoutMs: 50 } });
      await chain.append(tricky(1));
      down.fault = () => Promise.reject(new Error('down'));
      await expect(chain.append(tricky(2))).rejects.toMatchObject({ code: 'ERR_SIGNER_UNAVAILABLE' });
      expect(await seqs(made.store, {})).toEqual([0, 1]);
      const found = await read(made.store, { unsettled: true, receipts: true });
      expect(found.map(({ seq, settled, receipt }) => [seq, settled, receipt !== undefined])).toEqual([
        [0, true, true],
        [1, true, true],
        [2, false, false],
      ]);
      down.fault = undefined;
      await chain.close();
    });

    test('a stored record that is none, or stands for another event, is an error', async () => {
      const { client } = database();
      const attacks: readonly [sql: string, query: RecordQuery][] = [
        [`update countersign.record set record = replace(record, '"seq":2,', '"seq":3,') where chain = $1 and seq = 2`, {}],
        [`update countersign.record set record = replace(record, '{"event"', '{ "event"') where chain = $1 and seq = 2`, {}],
        [`update countersign.record set record = replace(record, 'example.com/', 'example.org/') where chain = $1 and seq = 2`, {}],
      ];
      for (const [sql, query] of attacks) {
        const { chain, parts: made } = await newChain();
        await Promise.all([1, 2, 3].map((n) => chain.append(tricky(n))));
        await chain.close();
        const [row] = await client.query('select id from countersign.chain where name = $1', [chain.id]);
        await asOwner(client, sql, [row!['id']]);
        await expect(read(made.store, query)).rejects.toMatchObject({ code: 'ERR_CHAIN_TAMPERED', field: 'record 2' });
      }
    });

    test('a receipt of a changed record is not made', async () => {
      const { client } = database();
      const { chain, parts: made } = await newChain();
      await Promise.all([1, 2, 3].map((n) => chain.append({ type: 'order.created', actor: 'user:1', payload: { n } })));
      await chain.close();
      const [row] = await client.query('select id from countersign.chain where name = $1', [chain.id]);
      await asOwner(
        client,
        `update countersign.record set record = replace(record, 'order.created', 'order.deleted') where chain = $1 and seq = 2`,
        [row!['id']],
      );
      const [found] = await read(made.store, { type: 'order.deleted', receipts: true });
      await expect(found!.receipt!.bytes()).rejects.toMatchObject({ code: 'ERR_CHAIN_TAMPERED' });
    });

    test('a login that may only read reads everything', async () => {
      await database().as(['countersign_reader'], async ({ client }) => {
        const store = await (await openStore(client)).open(parts.store.chain);
        expect((await seqs(store, { subject: 'order:1', receipts: true })).length).toBe(18);
        expect((await store.server()).identity).toMatch(/^[0-9]+\/1$/);
      });
    });

    test('following gives each record once, in order, as it is settled', async () => {
      const { chain, parts: made } = await newChain();
      await Promise.all([1, 2, 3].map((n) => chain.append(tricky(n))));
      const stop = new AbortController();
      const seen: number[] = [];
      const following = (async () => {
        for await (const { seq } of followRecords(made.store, { from: 2 }, { pollMs: 5, signal: stop.signal })) {
          seen.push(seq);
          if (seen.length === 42) stop.abort();
        }
      })();
      for (let n = 0; n < 4; n++) await Promise.all(Array.from({ length: 10 }, (_, i) => chain.append(tricky(i))));
      await following;
      expect(seen).toEqual(Array.from({ length: 42 }, (_, i) => i + 2));
      await chain.close();
    });

    test('following by condition, from a time on, ends with its signal', async () => {
      const { chain, parts: made } = await newChain();
      const stop = new AbortController();
      const seen: string[] = [];
      const following = (async () => {
        const query = { type: 'order.paid', from: '2020-01-01T00:00:00.000Z' };
        for await (const { event } of followRecords(made.store, query, { pollMs: 5, signal: stop.signal })) {
          seen.push(event.type);
          if (seen.length === 3) stop.abort();
        }
      })();
      await Promise.all(Array.from({ length: 9 }, (_, n) => chain.append(tricky(n))));
      await following;
      expect(seen).toEqual(['order.paid', 'order.paid', 'order.paid']);
      await chain.close();
    });
  });
}

import { randomUUID } from 'node:crypto';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { describe, expect, test } from 'vitest';
import { redactPrivateValue } from '../../src/redact/redact.ts';
import { awaitSettled } from '../../src/retention/settled.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { type SealedChain, sealedChain } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

const WAIT = 20_000;
const why = { reason: 'request 12', actor: 'user:dpo' };

/** A chain with one record that has private values. */
async function withSecret(database: OpenDatabase): Promise<SealedChain & { id: string; seq: number; secret: ReturnType<typeof event> }> {
  const sealed = await sealedChain(database, 2);
  const id = randomUUID();
  const secret = event(1, { id, private: { email: 'a@example.com', phone: 5 } });
  const { seq } = await sealed.chain.append(secret);
  return { ...sealed, id, seq, secret };
}

async function recordOf({ parts }: SealedChain, seq: number): Promise<{ event: Record<string, unknown> }> {
  return JSON.parse(new TextDecoder().decode((await parts.store.recordsAt([seq])).get(seq))) as never;
}

export function describeRedact(database: () => OpenDatabase): void {
  describe('redaction', () => {
    test('erases value and salt, leaves its event with the frozen payload, and every proof still holds', async () => {
      const sealed = await withSecret(database());
      const { chain, parts, id, seq } = sealed;
      const before = await (await chain.receipt(seq)).bytes();
      const { id: own } = await redactPrivateValue(parts.store, { seq, name: 'email', ...why });
      const placed = await awaitSettled(parts.store, own, WAIT);
      expect((await recordOf(sealed, placed)).event).toEqual({
        actor: 'user:dpo',
        id: own,
        payload: { name: 'email', reason: 'request 12', seq },
        type: 'record.redacted',
      });
      const rows = await database().client.query('select name, value, salt from countersign.private_value where id = $1 order by name', [
        id,
      ]);
      expect(rows[0]).toEqual({ name: 'email', value: null, salt: null });
      expect(rows[1]).toMatchObject({ name: 'phone', value: '5' });
      for (const receipt of [before, await (await chain.receipt(seq)).bytes(), await (await chain.receipt(placed)).bytes()]) {
        await verifyReceipt(receipt, { resolver: parts.resolver, origin: chain.id });
      }
      await chain.close();
    });

    test('a second redaction, an unknown name and an unknown record are refused and leave no event', async () => {
      const { chain, parts, seq } = await withSecret(database());
      const { id } = await redactPrivateValue(parts.store, { seq, name: 'email', ...why });
      await awaitSettled(parts.store, id, WAIT);
      const size = chain.size;
      const redact = (at: number, name: string): Promise<unknown> => redactPrivateValue(parts.store, { seq: at, name, ...why });
      await expect(redact(seq, 'email')).rejects.toMatchObject({ code: 'ERR_PRIVATE_REDACTED' });
      await expect(redact(seq, 'fax')).rejects.toMatchObject({ code: 'ERR_PRIVATE_UNKNOWN' });
      await expect(redact(seq, 'constructor')).rejects.toMatchObject({ code: 'ERR_PRIVATE_UNKNOWN' });
      await expect(redact(0, 'email')).rejects.toMatchObject({ code: 'ERR_PRIVATE_UNKNOWN' });
      await expect(redact(9999, 'email')).rejects.toMatchObject({ code: 'ERR_SEQ_UNKNOWN' });
      expect(await chain.append(event(1))).toMatchObject({ seq: size });
      await chain.close();
    });

    test('the same event cannot be appended again: what was erased cannot be compared', async () => {
      const { chain, parts, seq, secret } = await withSecret(database());
      await redactPrivateValue(parts.store, { seq, name: 'phone', ...why });
      await expect(chain.append(secret)).rejects.toMatchObject({ code: 'ERR_ID_REDACTED' });
      await chain.close();
    });

    test('whatever text people write, the database makes the canonical event that the sequencer asks for', async () => {
      const sealed = await sealedChain(database(), 2);
      const { chain, parts } = sealed;
      const controls = Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)).join('');
      const nasty = `${controls}"\\/\u007f\u0080\u2028\ufeff\ue000é😀 ' $1 $$ {"type":"x"},"link":{`;
      const { seq } = await chain.append(event(1, { private: { [nasty]: 1 } }));
      const { id } = await redactPrivateValue(parts.store, { seq, name: nasty, reason: nasty, actor: nasty });
      const placed = await awaitSettled(parts.store, id, WAIT);
      const { event: own } = await recordOf(sealed, placed);
      expect(own).toEqual({ actor: nasty, id, payload: { name: nasty, reason: nasty, seq }, type: 'record.redacted' });
      await chain.close();
    });

    test.each([
      ['an empty reason', { reason: '' }, 'ERR_EVENT_RESERVED'],
      ['a reason of 1,001 bytes', { reason: 'é'.repeat(500) + 'x' }, 'ERR_EVENT_RESERVED'],
      ['U+0000 in the reason', { reason: 'a\0b' }, 'ERR_EVENT_MEMBER'],
      ['a lone surrogate', { reason: '\ud800' }, 'ERR_JSON_STRING'],
      ['no actor', { actor: '' }, 'ERR_EVENT_MEMBER'],
      ['an actor of 201 bytes', { actor: 'x'.repeat(201) }, 'ERR_EVENT_MEMBER'],
      ['a record number that is none', { seq: 1.5 }, 'ERR_EVENT_RESERVED'],
    ])('%s is refused before anything is erased', async (_name, changes, code) => {
      const { chain, parts, seq } = await withSecret(database());
      await expect(redactPrivateValue(parts.store, { seq, name: 'email', ...why, ...changes })).rejects.toMatchObject({ code });
      expect(await parts.store.privateValues((await recordOf({ parts } as SealedChain, seq)).event['id'] as string)).toHaveLength(2);
      await chain.close();
    });

    test('without its event nothing is erased: both or neither', async () => {
      const { chain, parts, id, seq } = await withSecret(database());
      // The id of the event is taken: its insertion fails after the erasure.
      await expect(parts.store.retention().redact({ seq, event: id, name: 'email', id, ...why })).rejects.toMatchObject({
        code: 'ERR_STORE',
      });
      // The event of another record.
      const another = { seq: seq - 1, event: id, name: 'email', id: randomUUID(), ...why };
      await expect(parts.store.retention().redact(another)).rejects.toMatchObject({ code: 'ERR_SEQ_UNKNOWN' });
      expect(await parts.store.privateValues(id)).toHaveLength(2);
      await chain.close();
    });

    test('two at once: one erases, the other is told', async () => {
      const { chain, parts, seq } = await withSecret(database());
      const both = await Promise.allSettled([1, 2].map(() => redactPrivateValue(parts.store, { seq, name: 'email', ...why })));
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ERR_PRIVATE_REDACTED' } });
      await chain.close();
    });

    test('a login of the retention role redacts, and whoever appends gives the event its place', async () => {
      const { chain, parts, seq } = await withSecret(database());
      const id = await database().as(['countersign_retention'], async ({ client }) => {
        const { openStore } = await import('../../src/store/sql-store.ts');
        const store = await openStore(client);
        const done = await redactPrivateValue(await store.open(chain.id), { seq, name: 'email', ...why });
        await store.close();
        return done.id;
      });
      expect(await awaitSettled(parts.store, id, WAIT)).toBeGreaterThan(seq);
      await chain.close();
    });

    test('forged events of the library are put aside: without the mark, with another payload, type or members', async () => {
      const { chain, seq } = await withSecret(database());
      const { client } = database();
      const [row] = await client.query('select id from countersign.chain where name = $1', [chain.id]);
      const payload = `{"name":"email","reason":"x","seq":${seq}}`;
      const forge = async (text: (id: string) => string, byLibrary: boolean, hidden: string | null = null): Promise<void> => {
        const id = randomUUID();
        const insert = 'insert into countersign.waiting (chain, id, event, by_library, private) values ($1, $2, $3, $4, $5)';
        const values = [row!['id'], id, text(id), byLibrary, hidden];
        await asOwner(client, insert, values);
      };
      const own = (type: string, body: string, id: string, more = ''): string =>
        `{"actor":"x","id":"${id}","payload":${body}${more},"type":"${type}"}`;
      await forge((id) => own('record.redacted', payload, id), false);
      await forge((id) => own('record.redacted', payload.replace('}', ',"x":1}'), id), true);
      await forge((id) => own('record.redacted', '{"name":"email","reason":"x"}', id), true);
      await forge((id) => own('record.redacted', '{"name":"email","reason":"x","seq":-1}', id), true);
      await forge((id) => own('chain.created', '{"format":"countersign/chain@1"}', id), true);
      await forge((id) => own('order.created', '{}', id), true);
      await forge((id) => own('record.redacted', payload, id, ',"subject":"s"'), true);
      await forge((id) => own('record.redacted', `{ ${payload.slice(1)}`, id), true);
      const size = chain.size;
      expect((await chain.append(event(1))).seq).toBe(size);
      const aside = await client.query('select reason from countersign.quarantine where chain = $1 order by n', [row!['id']]);
      expect(aside.map(({ reason }) => reason)).toEqual([
        'ERR_EVENT_RESERVED type',
        'ERR_EVENT_RESERVED payload.x',
        'ERR_EVENT_RESERVED payload.seq',
        'ERR_EVENT_RESERVED payload.seq',
        'ERR_EVENT_MEMBER type',
        'ERR_EVENT_MEMBER type',
        'ERR_EVENT_MEMBER event',
        'ERR_EVENT_MEMBER event',
      ]);
      await chain.close();
    });
  });
}

import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { ChainError } from '../../src/errors.ts';
import { storeSource } from '../../src/node/verify/log-source.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import { type Succession, succeedChain } from '../../src/succeed/succeed.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { memoryMark } from '../support/mark.ts';
import { type SealedChain, newParts, sealedChain } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

const CHAIN = '(select id from countersign.chain where name = $1)';

/** Puts an older copy of a chain back: its first `size` records and their notes. */
async function rollBack({ client }: OpenDatabase, { chain }: SealedChain, size: number): Promise<void> {
  for (const table of ['note', 'checkpoint']) {
    await asOwner(client, `delete from countersign.${table} where chain = ${CHAIN} and size > ${size}`, [chain.id]);
  }
  for (const table of ['event_id', 'record']) {
    await asOwner(client, `delete from countersign.${table} where chain = ${CHAIN} and seq >= ${size}`, [chain.id]);
  }
}

function succession(database: OpenDatabase, { chain, parts }: SealedChain, changes: Partial<Succession> = {}): Succession {
  const { store: _, ...rest } = parts;
  return {
    database: database.store,
    chain: chain.id,
    mark: parts.mark,
    reason: 'backup of yesterday put back',
    successor: `${chain.id}-2`,
    parts: { ...rest, mark: memoryMark() },
    ...changes,
  };
}

export function describeSucceed(database: () => OpenDatabase): void {
  describe('a successor of a chain that cannot go on', () => {
    test('names the old chain, the last checkpoint that was signed, and the reason; the old one stays refused', async () => {
      const sealed = await sealedChain(database(), 9, { batch: 1 });
      await sealed.chain.close();
      const mark = (await sealed.parts.mark.read(sealed.chain.id))!;
      await rollBack(database(), sealed, 5);
      await expect(Chain.open(sealed.parts)).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK' });

      const plan = succession(database(), sealed);
      const next = await succeedChain(plan);
      const store = await database().store.open(plan.successor);
      const first = JSON.parse(new TextDecoder().decode((await store.recordsAt([0])).get(0))) as { event: object };
      expect(first.event).toMatchObject({
        type: 'chain.created',
        payload: {
          format: 'countersign/chain@1',
          predecessor: { chain: sealed.chain.id, reason: plan.reason, root: Buffer.from(mark.root).toString('hex'), size: 9 },
        },
      });
      await verifyReceipt(await (await next.append(event(1))).bytes(), { resolver: sealed.parts.resolver, origin: plan.successor });
      await next.close();
      await expect(Chain.open(sealed.parts)).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK' });

      // Verified against what is known of the old chain: what was signed there, and nothing beyond it.
      const pin = { chain: sealed.chain.id, size: 9, root: Buffer.from(mark.root).toString('hex') };
      const judge = async (predecessor: object, of = store): Promise<string[]> => {
        const options = { resolver: sealed.parts.resolver, predecessor: { ...pin, ...predecessor } };
        const report = await inspectRecords(storeSource(of), options);
        expect(report.exitCode).toBe(report.findings.length === 0 ? 0 : report.findings[0]!.code === 'PREDECESSOR_DIFFERS' ? 10 : 12);
        return report.findings.map(({ code, field, expected, actual }) => `${code} ${field} ${expected} ${actual}`);
      };
      expect(await judge({})).toEqual([]);
      expect(await judge({ size: 5 })).toEqual(['CONSISTENCY_UNKNOWN predecessor.size 9 5']);
      expect(await judge({ size: 10 })).toEqual(['PREDECESSOR_DIFFERS predecessor.size 10 9']);
      const other = '0'.repeat(64);
      expect(await judge({ root: other })).toEqual([`PREDECESSOR_DIFFERS predecessor.root ${other} ${pin.root}`]);
      expect(await judge({ chain: 'example.com/other' })).toEqual([`PREDECESSOR_DIFFERS predecessor.chain example.com/other ${pin.chain}`]);
      expect(await judge({}, sealed.parts.store)).toContain(`PREDECESSOR_DIFFERS predecessor ${pin.chain} none`);
      const report = await inspectRecords(storeSource(store), { resolver: sealed.parts.resolver });
      expect(report.predecessor).toEqual({ ...pin, reason: plan.reason });

      // Once more, as after a crash: the same chain, not a third one.
      const again = await succeedChain(plan);
      expect(again.size).toBe(2);
      await again.close();
    });

    test('goes on where a crash left a chain that has no record yet', async () => {
      const sealed = await sealedChain(database(), 9, { batch: 1 });
      await sealed.chain.close();
      await rollBack(database(), sealed, 5);
      const plan = succession(database(), sealed);
      await database().store.create(plan.successor);
      const next = await succeedChain(plan);
      expect(next.size).toBe(1);
      await next.close();
    });

    test('without a mark the newest note says what was signed', async () => {
      const sealed = await sealedChain(database(), 4, { batch: 1 });
      await sealed.chain.close();
      const plan = succession(database(), sealed, { mark: memoryMark() });
      const next = await succeedChain(plan);
      const store = await database().store.open(plan.successor);
      const first = JSON.parse(new TextDecoder().decode((await store.recordsAt([0])).get(0))) as {
        event: { payload: { predecessor: object } };
      };
      expect(first.event.payload.predecessor).toMatchObject({ chain: sealed.chain.id, size: 4 });
      await next.close();
    });

    test('is refused when the old chain is fine, whether or not something waits for its checkpoint', async () => {
      const sealed = await sealedChain(database(), 4, { batch: 1 });
      await sealed.chain.close();
      const plan = succession(database(), sealed);
      await expect(succeedChain(plan)).rejects.toMatchObject({ code: 'ERR_SUCCEED_REFUSED', actual: 'size 4' });
      // A lost note: durable and unsigned, as after a crash.
      await asOwner(database().client, `delete from countersign.note where chain = ${CHAIN} and size = 4`, [sealed.chain.id]);
      await expect(succeedChain(plan)).rejects.toMatchObject({ code: 'ERR_SUCCEED_REFUSED' });
      const empty = await newParts(database().store);
      await expect(succeedChain({ ...plan, chain: empty.store.chain, mark: memoryMark() })).rejects.toMatchObject({
        code: 'ERR_SUCCEED_REFUSED',
      });
      expect(await database().store.chains()).not.toContain(plan.successor);
    });

    test('is refused for a chain that is taken, unknown, or a mark that cannot be read', async () => {
      const sealed = await sealedChain(database(), 9, { batch: 1 });
      const other = await sealedChain(database(), 2);
      await Promise.all([sealed.chain.close(), other.chain.close()]);
      await rollBack(database(), sealed, 5);
      const plan = succession(database(), sealed);
      const broken = {
        read: () => Promise.reject(new ChainError('ERR_MARK_STORE', 'away')),
        reserve: () => Promise.resolve(),
      };
      const refusals: readonly [Partial<Succession>, string][] = [
        [{ successor: other.chain.id }, 'ERR_CHAIN_EXISTS'],
        [{ successor: sealed.chain.id }, 'ERR_CHAIN_EXISTS'],
        [{ successor: 'Not A Chain' }, 'ERR_CHAIN_ID'],
        [{ chain: 'example.com/unknown' }, 'ERR_CHAIN_UNKNOWN'],
        [{ mark: broken }, 'ERR_MARK_STORE'],
        [{ reason: '' }, 'ERR_EVENT_RESERVED'],
      ];
      for (const [changes, code] of refusals) await expect(succeedChain({ ...plan, ...changes }), code).rejects.toMatchObject({ code });
      expect(await database().store.chains()).not.toContain(plan.successor);
    });
  });
}

import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { awaitSettled } from '../../src/retention/settled.ts';
import { type ThinRequest, thinNotes } from '../../src/retention/thin.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { type SealedChain, afterAll, newParts, noted, sealedChain } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

const WAIT = 20_000;

async function sizes({ parts }: Pick<SealedChain, 'parts'>): Promise<number[]> {
  const found: number[] = [];
  for await (const { size } of parts.store.notes()) found.push(size);
  return found;
}

async function thin(sealed: Pick<SealedChain, 'chain' | 'parts'>, changes: Partial<ThinRequest> = {}): ReturnType<typeof thinNotes> {
  return await thinNotes(sealed.parts.store, { olderThan: await afterAll(sealed), actor: 'system:retention', ...changes });
}

export function describeThin(database: () => OpenDatabase): void {
  describe('thinning of notes', () => {
    test('keeps notes at the end of a segment, cosigned, time-stamped, first or last of a key; the chain goes on', async () => {
      const sealed = await sealedChain(database(), 7, { batch: 1 });
      await sealed.seal(3);
      await sealed.append(6, 1);
      expect(await sizes(sealed)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
      const ends = (await sealed.parts.store.segments(sealed.target.name)).map(({ last }) => last + 1);
      expect(ends).toEqual([3, 6, 7]);
      await asOwner(
        database().client,
        `update countersign.note set note = note || E'\\u2014 witness.example.org AAAAAAAA\\n'
         where size = 9 and chain = (select id from countersign.chain where name = $1)`,
        [sealed.chain.id],
      );
      const done = await thin(sealed, { keep: [11] });
      await awaitSettled(sealed.parts.store, done!.id, WAIT);
      expect(await sizes(sealed)).toEqual([1, 3, 6, 7, 9, 11, 13, 14]);
      const record = (await sealed.parts.store.recordsAt([13])).get(13);
      const own = JSON.parse(new TextDecoder().decode(record)) as { event: object };
      expect(own.event).toMatchObject({ type: 'checkpoint.thinned', payload: { below: 13, removed: 6 } });
      await sealed.chain.close();
      const again = await Chain.open(sealed.parts);
      await again.append(event(1));
      await noted(again, sealed.parts.store);
      expect(await sealed.seal(3)).toBeGreaterThan(0);
      await again.close();
    });

    test('keeps the first and the last note of each key', async () => {
      const keys = [testSigner(21), testSigner(22)];
      const parts = await newParts(database().store, { resolver: testResolver(keys) });
      let last: Chain | undefined;
      const turns = [[keys[0]!], [keys[0]!, keys[1]!], [keys[1]!]];
      for (const signers of turns) {
        const chain = await Chain.open({ ...parts, signers });
        for (let n = 0; n < 4; n++) {
          await chain.append(event(n));
          await noted(chain, parts.store);
        }
        await chain.close();
        last = chain;
      }
      const before = await sizes({ parts });
      expect(before).toHaveLength(13);
      await thin({ chain: last!, parts });
      // Key 21 signed notes 1 to 9, key 22 notes 6 to 13.
      expect(await sizes({ parts })).toEqual([1, 6, 9, 13]);
    });

    test('keeps one in every 10,000 records, so that what is sealed later has places to end at', async () => {
      const sealed = await sealedChain(database(), 4, { batch: 1 });
      await sealed.chain.close();
      // Notes of a chain that has grown: their text does not matter here.
      for (const size of [10_001, 10_002, 20_005, 20_009]) {
        const more = `insert into countersign.note select chain, ${size}, note from countersign.note where size = 4 and chain = (select id from countersign.chain where name = $1)`;
        await asOwner(database().client, more, [sealed.chain.id]);
      }
      const id = '00000000-0000-7000-8000-00000000000e';
      expect(await sealed.parts.store.retention().thin({ below: 20_009, keep: [], actor: 'me', id })).toBe(4);
      expect(await sizes(sealed)).toEqual([1, 4, 10_002, 20_009]);
    });

    test('nothing to remove leaves no event; a policy in the future and sizes that are none are refused', async () => {
      const sealed = await sealedChain(database(), 1);
      expect(await thin(sealed)).toBeUndefined();
      expect(await thin(sealed, { olderThan: '2020-01-01T00:00:00.000Z' })).toBeUndefined();
      await expect(thin(sealed, { olderThan: '2999-01-01T00:00:00.000Z' })).rejects.toMatchObject({ code: 'ERR_PRUNE_REFUSED' });
      await expect(thin(sealed, { keep: [0.5] })).rejects.toThrow(RangeError);
      const beyond = sealed.parts.store.retention().thin({ below: 99, keep: [], actor: 'me', id: '00000000-0000-7000-8000-00000000000c' });
      await expect(beyond).rejects.toMatchObject({ code: 'ERR_PRUNE_REFUSED' });
      expect(sealed.chain.size).toBe(1);
      await sealed.chain.close();
    });
  });
}

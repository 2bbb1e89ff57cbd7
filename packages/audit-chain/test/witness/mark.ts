import { describe, expect, test } from 'vitest';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { noteKey } from '@countersign/proof-core/note/key';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import type { HttpExchange } from '../../src/node/witness/http.ts';
import { askedWitnesses } from '../../src/witness/cosign.ts';
import { witnessedMark } from '../../src/witness/mark.ts';
import { readWitnessed } from '../../src/witness/monitor.ts';
import { type TestBed, event, openNew, signer } from '../support/chain.ts';
import { memoryMark } from '../support/mark.ts';
import { noted } from '../support/sealed.ts';
import { type RunningWitness, policyOf } from './servers.ts';

/** A database, witnesses that run, and what they are made to see. */
export interface WitnessedBed {
  readonly bed: () => TestBed;
  readonly witnesses: () => readonly RunningWitness[];
  readonly exchange: () => HttpExchange;
  readonly cosign: (parts: Pick<ChainParts, 'store'>) => Promise<void>;
  /** Shows them another history of so many records. */
  readonly seeElsewhere: (chain: string, size: number) => Promise<void>;
}

/** A mark beside the log, raised by what witnesses show. */
export function describeWitnessedMark(of: WitnessedBed): void {
  describe('a high-water mark that witnesses raise', () => {
    const shown = (parts: Pick<ChainParts, 'store'>) => async () => {
      const keys = [noteKey(parts.store.chain, signer.publicKey)];
      const all = askedWitnesses(policyOf(of.witnesses(), 1)).map((one) =>
        readWitnessed(of.exchange(), one, parts.store.chain, keys, defaultEngine),
      );
      return (await Promise.all(all)).flatMap((one) => one ?? []);
    };

    test('a mark that was lost with its disk is where the witnesses are, and signing goes on from there', async () => {
      const { parts, chain } = await openNew(of.bed(), 4);
      await noted(chain, parts.store);
      await of.cosign(parts);
      await chain.close();
      const own = memoryMark();
      await expect(Chain.open({ ...parts, mark: own })).rejects.toMatchObject({ code: 'ERR_MARK_MISSING' });
      const mark = witnessedMark({ own, store: parts.store, witnessed: shown(parts) });
      const reopened = await Chain.open({ ...parts, mark });
      await reopened.append(event(9));
      expect(own.now.get(chain.id)!.size).toBe(reopened.size);
      await reopened.close();
    });

    test('an older mark is raised by a proof; database and mark put back together are found out', async () => {
      const { parts, chain } = await openNew(of.bed(), 4);
      await noted(chain, parts.store);
      await of.cosign(parts);
      const own = memoryMark();
      await own.reserve({ origin: chain.id, size: 1, root: (await parts.store.checkpoint(1))!.root }, []);
      const mark = witnessedMark({ own, store: parts.store, witnessed: shown(parts) });
      expect((await mark.read(chain.id))!.size).toBe(5);
      expect(own.now.get(chain.id)!.size).toBe(5);
      await chain.close();

      const older = await openNew(of.bed(), 0);
      await older.chain.close();
      await of.seeElsewhere(older.chain.id, 30);
      const restored = witnessedMark({ own: older.parts.mark, store: older.parts.store, witnessed: shown(older.parts) });
      await expect(Chain.open({ ...older.parts, mark: restored })).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK' });
    });

    test('another root where a witness has been is a fork', async () => {
      const { parts, chain } = await openNew(of.bed(), 4);
      await chain.close();
      await of.seeElsewhere(chain.id, 3);
      const mark = witnessedMark({ own: parts.mark, store: parts.store, witnessed: shown(parts) });
      await expect(Chain.open({ ...parts, mark })).rejects.toMatchObject({ code: 'ERR_CHAIN_FORKED' });
    });
  });
}

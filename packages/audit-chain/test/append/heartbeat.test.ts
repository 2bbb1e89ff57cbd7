import { expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { event } from '../support/chain.ts';
import { newParts, noted } from '../support/sealed.ts';
import { storeWith } from '../support/store-with.ts';
import { type OpenDatabase, onStore } from '../support/stores.ts';

onStore('embedded PostgreSQL', [describeHeartbeats]);
onStore('PostgreSQL', [describeHeartbeats]);

function describeHeartbeats(database: () => OpenDatabase): void {
  test('a quiet chain gets one heartbeat from all processes that find it quiet, signed, as the page has it', async () => {
    const { store, ...parts } = await newParts(database().store);
    // All three look at the newest record before one of them appends.
    const looks: (() => void)[] = [];
    let armed = false;
    const recordsAt: typeof store.recordsAt = async (seqs) => {
      const records = await store.recordsAt(seqs);
      if (!armed) return records;
      await new Promise<void>((resolve) => {
        armed = looks.push(resolve) < 3;
        if (!armed) for (const go of looks) go();
      });
      return records;
    };
    const open = (): Promise<Chain> => Chain.open({ ...parts, store: storeWith(store, { recordsAt }) });
    const chains = [await open(), await open(), await open()];
    await chains[0]!.append(event(1));

    armed = true;
    const receipts = await Promise.all(chains.map((chain) => chain.heartbeat(0)));
    expect(receipts.map((receipt) => receipt?.seq)).toEqual([2, 2, 2]);
    const line = Buffer.from((await store.recordsAt([2])).get(2)!).toString();
    const id = /"id":"([^"]+)"/.exec(line)![1]!;
    expect(line).toContain(`{"event":{"actor":"system:countersign","id":"${id}","payload":{},"type":"checkpoint.heartbeat"},"link":`);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8/);
    await noted(chains[0]!, store);
    expect((await store.note())!.size).toBe(3);
    for (const chain of chains) await chain.close();

    const chain = await Chain.open({ ...parts, store });
    expect(await chain.heartbeat(60_000)).toBe(undefined);
    expect((await chain.heartbeat(0))?.seq).toBe(3);
    await chain.close();
    await expect(chain.heartbeat(0)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
}

import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { collect } from '../../src/append/stored-tree.ts';
import { storeSource } from '../../src/node/verify/log-source.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import { event } from '../support/chain.ts';
import { newParts } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

export function describeRace(database: () => OpenDatabase): void {
  describe('an empty chain', () => {
    test('that several processes open at once begins with one chain.created, and nothing forks', async () => {
      const parts = await newParts(database().store);
      const chains = await Promise.all(Array.from({ length: 4 }, () => Chain.open(parts)));
      const receipts = await Promise.all(chains.map((chain, n) => chain.append(event(n))));
      for (const receipt of receipts) await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: parts.store.chain });
      const lines = new TextDecoder().decode(await collect(parts.store.records(0, 100))).trimEnd();
      const types = lines.split('\n').map((line) => (JSON.parse(line) as { event: { type: string } }).event.type);
      expect(types).toEqual(['chain.created', ...Array.from({ length: 4 }, () => 'order.created')]);
      for (const chain of chains) await chain.close();
      expect(await inspectRecords(storeSource(parts.store), { resolver: parts.resolver, level: 'deep' })).toMatchObject({
        exitCode: 0,
        findings: [],
      });
    });
  });
}

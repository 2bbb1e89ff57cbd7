import { join } from 'node:path';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { readLink } from '@countersign/proof-core/record/link';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../../test/support/random.ts';
import { fromPool } from '../../src/adapters/pg.ts';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { collect } from '../../src/append/stored-tree.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import type { AuditStore } from '../../src/store/store.ts';
import { event } from '../support/chain.ts';
import { emptyDatabase, temporaryFolder } from '../support/database.ts';
import { type FaultPlan, faultyClient } from '../support/faulty.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { memoryMark } from '../support/mark.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';

interface Opened {
  readonly client: SqlClient;
}

function describeFaults(name: string, open: () => Promise<Opened>): void {
  describe(name, () => {
    let opened: Opened;
    let whole: AuditStore;
    let chains = 0;
    beforeAll(async () => {
      opened = await open();
      whole = await openStore(opened.client);
    });
    afterAll(() => whole.close());

    /** Appends through a faulty client, then reads everything back through a whole one: once, in order, linked, signed. */
    async function run(plan: FaultPlan, events = 12, settleTimeoutMs = 60_000): Promise<{ acknowledged: number; statements: number }> {
      const id = `example.com/fault-${++chains}`;
      const signer = testSigner(1);
      // Its store stops listening at the end, but the database stays open for the next run.
      const client = faultyClient({ ...opened.client, close: () => Promise.resolve() }, (n, text) => (active ? plan(n, text) : undefined));
      let active = false;
      const faulty = await openStore(client);
      const parts: ChainParts = {
        store: await faulty.create(id),
        signers: [signer],
        resolver: testResolver([signer]),
        mark: memoryMark(),
        clock: Date,
        limits: { settleTimeoutMs },
      };
      const chain = await Chain.open(parts);
      client.statements = 0;
      active = true;
      const results: PromiseSettledResult<{ seq: number; id: string; bytes(): Promise<Uint8Array> }>[] = [];
      for (let n = 0; n < events; n += 4) {
        results.push(...(await Promise.allSettled([n, n + 1, n + 2, n + 3].map((i) => chain.append(event(i))))));
      }
      active = false;
      await chain.close();
      await faulty.close();

      const again = await Chain.open({ ...parts, store: await whole.open(id) });
      const text = new TextDecoder().decode(await collect((await whole.open(id)).records(0, again.size)));
      const ids = new Map<string, number>();
      for (const [seq, line] of text.trimEnd().split('\n').entries()) {
        const bytes = Buffer.from(line);
        expect(readLink(bytes, 0, bytes.length)!.seq).toBe(seq);
        const { event: found } = JSON.parse(line) as { event: { id: string } };
        expect(ids.has(found.id)).toBe(false);
        ids.set(found.id, seq);
      }
      const acknowledged = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      for (const { id: acknowledgedId, seq } of acknowledged) expect(ids.get(acknowledgedId)).toBe(seq);
      for (const receipt of acknowledged.slice(-2)) await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: id });
      expect(again.settledSize).toBe(again.size);
      await again.close();
      return { acknowledged: acknowledged.length, statements: client.statements };
    }

    test('each single call of the database failing, before or after it took effect, loses and doubles nothing', async () => {
      const { statements } = await run(() => undefined);
      for (let at = 0; at < statements; at++) {
        for (const when of ['before', 'after'] as const) {
          const { acknowledged } = await run((n) => (n === at ? when : undefined));
          // One broken connection is mended within the callers' deadline.
          expect(acknowledged, `${when} statement ${at}`).toBe(12);
        }
      }
    });

    test('connections that break at random lose and double nothing', async () => {
      for (let seed = 1; seed <= 6; seed++) {
        const random = seededRandom(seed);
        await run(() => (random() < 0.2 ? (random() < 0.5 ? 'before' : 'after') : undefined), 20, 3000);
      }
    });
  });
}

const folder = temporaryFolder();
afterAll(() => folder.remove());
describeFaults('embedded PostgreSQL', async () => {
  const client = await emptyDatabase(join(folder.path, 'db'));
  return { client };
});

describe.skipIf(postgresMissing() !== undefined)('with a server', () => {
  describeFaults('PostgreSQL', async () => {
    const client = fromPool(new Pool({ connectionString: await newDatabase(), max: 6 }));
    return { client };
  });
});

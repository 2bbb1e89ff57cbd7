import { join } from 'node:path';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { markFile } from '../../src/node/log/mark-file.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import type { AuditStore } from '../../src/store/store.ts';
import { emptyDatabase, temporaryFolder } from './database.ts';
import { testResolver, testSigner } from './keys.ts';

export const signer = testSigner(1);

/** A database for many test chains, and the folder it lies in. */
export interface TestBed {
  readonly folder: string;
  readonly client: SqlClient;
  readonly store: AuditStore;
  /** A new chain's parts; nothing is opened yet. */
  parts(changes?: Partial<ChainParts>): Promise<ChainParts>;
  close(): Promise<void>;
}

export async function testBed(): Promise<TestBed> {
  const folder = temporaryFolder();
  const client = await emptyDatabase(join(folder.path, 'db'));
  const store = await openStore(client);
  let count = 0;
  return {
    folder: folder.path,
    client,
    store,
    async parts(changes = {}) {
      const name = `example.com/chain-${++count}`;
      return {
        store: await store.create(name),
        signers: [signer],
        resolver: testResolver([signer]),
        mark: markFile(join(folder.path, `mark-${count}.json`)),
        clock: Date,
        ...changes,
      };
    },
    async close() {
      await store.close();
      folder.remove();
    },
  };
}

/** An event that differs from call to call by its number alone. */
export function event(n: number, changes: object = {}) {
  return { type: 'order.created', actor: `user:${n % 7}`, subject: `order:${n}`, payload: { n, text: 'Zürich ✓' }, ...changes };
}

export async function openNew(bed: TestBed, count = 0, changes: Partial<ChainParts> = {}): Promise<{ parts: ChainParts; chain: Chain }> {
  const parts = await bed.parts(changes);
  const chain = await Chain.open(parts);
  await Promise.all(Array.from({ length: count }, (_, i) => chain.append(event(i))));
  return { parts, chain };
}

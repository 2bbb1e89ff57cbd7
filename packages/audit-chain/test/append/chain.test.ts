import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { markFile } from '../../src/node/log/mark-file.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { AuditStore } from '../../src/store/store.ts';
import { emptyDatabase, temporaryFolder } from '../support/database.ts';
import { testResolver, testSigner } from '../support/keys.ts';

const folder = temporaryFolder();
let store: AuditStore;
beforeAll(async () => {
  store = await openStore(await emptyDatabase(join(folder.path, 'db')));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

const signer = testSigner(1);
const resolver = testResolver([signer]);
let chains = 0;

async function newChain() {
  const id = `example.com/chain-${++chains}`;
  const parts = { store: await store.create(id), signers: [signer], resolver, mark: markFile(join(folder.path, `mark-${chains}.json`)), clock: Date };
  return { id, parts, chain: await Chain.open(parts) };
}

describe('append', () => {
  test('many callers at once get consecutive places and receipts that verify', async () => {
    const { chain } = await newChain();
    const t = performance.now();
    const receipts = await Promise.all(Array.from({ length: 2500 }, (_, i) => chain.append({ type: 'order.created', actor: 'user:1', payload: { i, text: 'x'.repeat(200) } })));
    console.log('ms', performance.now() - t);
    expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
    console.log(new TextDecoder().decode(receipts[700]!.bytes()));
    const again = await chain.receipt(701);
    console.log(new TextDecoder().decode(again.bytes()));
  });
});

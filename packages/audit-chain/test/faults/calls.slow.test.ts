import { describe, expect, test } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { collect } from '../../src/append/stored-tree.ts';
import { storeSource } from '../../src/node/verify/log-source.ts';
import { openStore } from '../../src/store/sql-store.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import { event } from '../support/chain.ts';
import { faultyClient } from '../support/faulty.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { newParts } from '../support/sealed.ts';
import { type OpenDatabase, onStore } from '../support/stores.ts';

/** A chain behind a connection that breaks at its n-th statement from now on, before or after that took effect. */
async function breaking({ client }: OpenDatabase, parts: ChainParts) {
  let at: { readonly n: number; readonly when: 'before' | 'after' } | undefined;
  const faulty = faultyClient({ ...client, close: () => Promise.resolve() }, (n) => (n === at?.n ? at.when : undefined));
  const store = await openStore(faulty, { migrate: false });
  const behind = { ...parts, store: await store.open(parts.store.chain) };
  return {
    parts: behind,
    close: () => store.close(),
    /** @returns how many statements the work made */
    async during(n: number, when: 'before' | 'after', work: () => Promise<unknown>): Promise<number> {
      faulty.statements = 0;
      at = { n, when };
      await work();
      at = undefined;
      return faulty.statements;
    },
  };
}

/** The ids of a chain's records; it is whole, and all of it is signed. */
async function idsOf({ store, resolver }: ChainParts): Promise<string[]> {
  const { size } = (await store.checkpoint())!;
  expect((await store.note())!.size).toBe(size);
  expect(await inspectRecords(storeSource(store), { resolver, level: 'deep' })).toMatchObject({ exitCode: 0, findings: [] });
  const lines = new TextDecoder().decode(await collect(store.records(0, size))).trimEnd();
  return lines.split('\n').map((line) => (JSON.parse(line) as { event: { id: string } }).event.id);
}

/** Runs a case with each statement broken, before and after it took effect, until there is none to break. */
async function eachCall(run: (n: number, when: 'before' | 'after') => Promise<number>): Promise<void> {
  for (const when of ['before', 'after'] as const) {
    let n = 0;
    while ((await run(n, when)) > n) n++;
    expect(n).toBeGreaterThan(3);
  }
}

const refusal = ({ code }: { code: string }): unknown => expect(code).toBe('ERR_STORE');

function describeCalls(database: () => OpenDatabase): void {
  describe('a call of the database that fails, before or after it took effect', () => {
    test('while a new chain is opened: it is refused by code or open, and begins once', async () => {
      await eachCall(async (n, when) => {
        const whole = await newParts(database().store);
        const broken = await breaking(database(), whole);
        const statements = await broken.during(n, when, () => Chain.open(broken.parts).then((chain) => chain.close(), refusal));
        await broken.close();
        const chain = await Chain.open(whole);
        const { id } = await chain.append(event(1));
        await chain.close();
        const ids = await idsOf(whole);
        expect([ids.length, ids[1]], `${when} statement ${n}`).toEqual([2, id]);
        return statements;
      });
    });

    test('while a chain is opened whose last records wait for their checkpoint: they are signed, then or the next time', async () => {
      await eachCall(async (n, when) => {
        const signer = testSigner(1);
        const whole = await newParts(database().store, { signers: [signer], resolver: testResolver([signer]) });
        const last = await Chain.open({ ...whole, limits: { settleTimeoutMs: 0 } });
        signer.fault = () => Promise.reject(new Error('down'));
        await Promise.allSettled([last.append(event(1)), last.append(event(2))]);
        await last.close();
        signer.fault = undefined;
        const before = (await whole.store.checkpoint())!;
        const broken = await breaking(database(), whole);
        const statements = await broken.during(n, when, () => Chain.open(broken.parts).then((chain) => chain.close(), refusal));
        await broken.close();
        await (await Chain.open(whole)).close();
        expect(before.size).toBe(3);
        expect((await whole.store.checkpoint())!, `${when} statement ${n}`).toMatchObject({ size: 3, root: before.root });
        await idsOf(whole);
        return statements;
      });
    });

    test('while what a transaction has left is given its place: it is there once, in order, and its caller is told', async () => {
      await eachCall(async (n, when) => {
        const whole = await newParts(database().store);
        const broken = await breaking(database(), whole);
        const chain = await Chain.open(broken.parts);
        const left = await database().transaction((transaction) => chain.appendAll([event(1), event(2)], { transaction }));
        let settled: readonly { seq: number; id: string }[] = [];
        const statements = await broken.during(n, when, async () => {
          // Who cannot be told now asks again; who appends meanwhile finds what waits.
          const [pending, own] = await Promise.all([left.settled().catch(() => left.settled()), chain.append(event(3))]);
          settled = [...pending, own];
        });
        await chain.close();
        await broken.close();
        // A note that was not published is signed again.
        await (await Chain.open(whole)).close();
        const ids = await idsOf(whole);
        expect(ids, `${when} statement ${n}`).toHaveLength(4);
        for (const { seq, id } of settled) expect(ids[seq]).toBe(id);
        expect(ids.indexOf(left.ids[0]!)).toBeLessThan(ids.indexOf(left.ids[1]!));
        return statements;
      });
    });
  });
}

onStore('embedded PostgreSQL', [describeCalls]);
onStore('PostgreSQL', [describeCalls]);

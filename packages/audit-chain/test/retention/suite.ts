import { randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import { verifyInclusion } from '@countersign/proof-core/merkle/inclusion';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { hashRecords } from '../../src/append/lines.ts';
import { storedInclusion, storedRoot } from '../../src/append/stored-proof.ts';
import { redactPrivateValue } from '../../src/redact/redact.ts';
import { type PruneRequest, pruneRecords } from '../../src/retention/prune.ts';
import { readPrunedStart } from '../../src/retention/pruned-start.ts';
import { awaitSettled } from '../../src/retention/settled.ts';
import { storeSource } from '../../src/node/verify/log-source.ts';
import type { Pin } from '../../src/verify/context.ts';
import type { Report } from '../../src/verify/report.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { type SealedChain, afterAll, noted, sealedChain } from '../support/sealed.ts';
import { storeWith } from '../support/store-with.ts';
import type { OpenDatabase } from '../support/stores.ts';

const WAIT = 20_000;

async function prune(sealed: SealedChain, changes: Partial<PruneRequest> = {}): ReturnType<typeof pruneRecords> {
  const { target, parts } = sealed;
  const olderThan = await afterAll(sealed);
  return await pruneRecords(parts.store, {
    target: target.name,
    olderThan,
    actor: 'system:retention',
    verifySegment: sealed.verifier(),
    ...changes,
  });
}

async function firstRecord({ parts }: SealedChain): Promise<number> {
  for await (const chunk of parts.store.records(0, 1e6)) {
    return (JSON.parse(new TextDecoder().decode(chunk.subarray(0, chunk.indexOf(10)))) as { link: { seq: number } }).link.seq;
  }
  return -1;
}

export function describePrune(database: () => OpenDatabase): void {
  describe('pruning', () => {
    test('removes what is sealed, verified and old, and the chain goes on: receipts, ids, roots, sealing, opening', async () => {
      const sealed = await sealedChain(database(), 700, { batch: 150, records: 256 });
      const { chain, parts } = sealed;
      const { store, resolver } = parts;
      const old = (await store.note(500))!;
      const leaf = hashLeaf((await store.recordsAt([3])).get(3)!);
      const id = (JSON.parse(new TextDecoder().decode((await store.recordsAt([3])).get(3))) as { event: { id: string } }).event.id;

      const done = await prune(sealed);
      expect(done).toEqual([{ first: 0, last: 511, id: expect.any(String) }]);
      const placed = await awaitSettled(store, done[0]!.id, WAIT);
      const own = JSON.parse(new TextDecoder().decode((await store.recordsAt([placed])).get(placed))) as { event: object };
      const segments = await store.segments(sealed.target.name);
      const manifest = segments.find(({ last }) => last >= 511)!.manifest;
      expect(own.event).toEqual({
        actor: 'system:retention',
        id: done[0]!.id,
        payload: { first: 0, last: 511, manifest, older_than: expect.stringMatching(/Z$/) },
        type: 'chain.pruned',
      });
      expect(await firstRecord(sealed)).toBe(512);
      await noted(chain, store);
      expect(await inspectRecords(storeSource(store), { resolver })).toMatchObject({
        exitCode: 0,
        range: { verified: { from: 512, to: chain.size - 1 } },
        pruned: { from: 0, to: 511, manifest },
      });

      for (const seq of [512, 699, placed]) {
        await verifyReceipt(await (await chain.receipt(seq)).bytes(), { resolver, origin: chain.id });
      }
      await expect(chain.receipt(3)).rejects.toMatchObject({ code: 'ERR_RECORD_PRUNED', expected: sealed.target.name });
      await expect(chain.receipt(511)).rejects.toMatchObject({ code: 'ERR_RECORD_PRUNED' });
      // Tiles still prove what is gone, in the newest tree and in older ones.
      for (const note of [old, (await store.note())!]) {
        const { size, root } = parseCheckpoint(parseNote(new TextEncoder().encode(note.note)).textBytes);
        verifyInclusion(3, size, leaf, await storedInclusion(store, 3, size), root);
      }
      await expect(chain.append(event(2, { id }))).rejects.toMatchObject({ code: 'ERR_RECORD_PRUNED' });
      await expect(chain.append(event(9999, { id }))).rejects.toMatchObject({ code: 'ERR_ID_CONFLICT' });

      // What a verifier starts from: tiles and the records that are left give the signed root.
      const start = (await readPrunedStart(store))!;
      const newest = parseCheckpoint(parseNote(new TextEncoder().encode((await store.note())!.note)).textBytes);
      const rest = { chain: chain.id, first: start.first, count: newest.size - start.first, prev: start.prev };
      const { leaves } = await hashRecords(store.records(start.first, newest.size), rest);
      expect(new TreeView(start.frontier, leaves).root()).toEqual(newest.root);

      await sealed.append(300);
      expect(await sealed.seal()).toBeGreaterThan(0);
      await chain.close();
      const again = await Chain.open(parts);
      const { seq } = await again.append(event(1));
      await verifyReceipt(await (await again.receipt(seq)).bytes(), { resolver, origin: chain.id });
      const second = await prune(sealed);
      expect(second).toEqual([{ first: 512, last: 767, id: expect.any(String) }]);
      await awaitSettled(store, second[0]!.id, WAIT);
      // The record of the first pruning is gone with the second.
      expect(await inspectRecords(storeSource(store), { resolver })).toMatchObject({ exitCode: 0, pruned: { to: 767 } });
      expect(await prune(sealed)).toEqual([]);
      await again.close();
      await (await Chain.open(parts)).close();
    });

    test('before its event has a record is inconclusive, no alarm; and a checkpoint from before is connected by the tiles', async () => {
      const sealed = await sealedChain(database(), 600, { batch: 150, records: 256 });
      const { store, resolver } = sealed.parts;
      const pinOf = async (size: number): Promise<Pin> => ({
        chain: sealed.chain.id,
        size,
        root: hexEncode(await storedRoot(store, size)),
      });
      const pins = [await pinOf(1), await pinOf(300), await pinOf(511)];
      await sealed.chain.close();
      const done = await prune(sealed);
      const waiting = await inspectRecords(storeSource(store), { resolver });
      expect(waiting).toMatchObject({
        exitCode: 12,
        findings: [{ code: 'HEAD_PRUNED_UNSIGNED', actual: 'records 0 to 511, by an event that waits' }],
      });
      const again = await Chain.open(sealed.parts);
      await awaitSettled(store, done[0]!.id, WAIT);
      await noted(again, store);
      const inspect = async (previous: Pin): Promise<Report> => await inspectRecords(storeSource(store), { resolver, previous });
      for (const pin of pins) expect(await inspect(pin)).toMatchObject({ exitCode: 0, axes: { completeness: 'pinned' } });
      expect(await inspect({ ...pins[1]!, root: 'ab'.repeat(32) })).toMatchObject({
        exitCode: 10,
        findings: [{ code: 'CHAIN_FORKED', seq: 299, actual: pins[1]!.root }, { code: 'HEAD_PRUNED' }],
      });
      await again.close();
    });

    test('in several transactions, each with its own event', async () => {
      const sealed = await sealedChain(database(), 800, { batch: 200, records: 256 });
      const done = await prune(sealed, { records: 300 });
      expect(done.map(({ first, last }) => [first, last])).toEqual([
        [0, 255],
        [256, 511],
        [512, 767],
      ]);
      for (const { id } of done) await awaitSettled(sealed.parts.store, id, WAIT);
      await sealed.chain.close();
    });

    test('nothing that is not sealed, not old enough, or in the newest tile', async () => {
      const sealed = await sealedChain(database(), 600, { batch: 200 });
      const before = await afterAll(sealed);
      expect(await prune(sealed)).toEqual([]);
      await sealed.append(100);
      await sealed.seal();
      expect(await prune(sealed, { olderThan: '2020-01-01T00:00:00.000Z' })).toEqual([]);
      expect(await prune(sealed, { target: 'file:/elsewhere' })).toEqual([]);
      expect((await prune(sealed, { olderThan: before })).map(({ last }) => last)).toEqual([511]);
      await sealed.chain.close();
      // A chain whose last record ends a tile keeps that tile: the next record names it.
      const full = await sealedChain(database(), 512, { batch: 256, records: 256 });
      expect((await prune(full)).map(({ last }) => last)).toEqual([255]);
      await full.chain.close();
    });

    test.each([
      ['a time to come', '2999-01-01T00:00:00.000Z'],
      ['another form of time', '2020-01-01'],
    ])('%s as the policy is refused', async (_name, olderThan) => {
      const sealed = await sealedChain(database(), 2);
      expect(await readPrunedStart(sealed.parts.store)).toBeUndefined();
      await expect(prune(sealed, { olderThan })).rejects.toMatchObject({ code: 'ERR_PRUNE_REFUSED', field: 'olderThan' });
      await sealed.chain.close();
    });

    test('an archive that does not hold every record as it was signed stops everything', async () => {
      const sealed = await sealedChain(database(), 700, { batch: 150, records: 256 });
      const files = readdirSync(sealed.folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.gz'))
        .sort();
      const path = join(sealed.folder, files[1]!);
      const bytes = readFileSync(path);
      chmodSync(path, 0o644);
      writeFileSync(
        path,
        bytes.map((byte, i) => (i === 1000 ? byte ^ 1 : byte)),
      );
      await expect(prune(sealed)).rejects.toMatchObject({ code: 'ERR_PRUNE_ARCHIVE' });
      rmSync(path);
      await expect(prune(sealed)).rejects.toMatchObject({ code: 'ERR_PRUNE_ARCHIVE' });
      expect(await firstRecord(sealed)).toBe(0);
      await expect(prune(sealed, { verifySegment: () => Promise.reject(new RangeError('away')) })).rejects.toThrow('away');
      // Another archive in its place, which is whole.
      const another = await sealedChain(database(), 700, { batch: 150, records: 256 });
      const verifySegment = sealed.verifier(another.folder);
      await expect(prune(sealed, { verifySegment })).rejects.toMatchObject({ code: 'ERR_PRUNE_ARCHIVE' });
      writeFileSync(path, bytes);
      expect(await prune(sealed)).toHaveLength(1);
      await Promise.all([sealed.chain.close(), another.chain.close()]);
    });

    test('the function itself refuses what the library would never ask for', async () => {
      const sealed = await sealedChain(database(), 700, { batch: 150 });
      const { store } = sealed.parts;
      const olderThan = await afterAll(sealed);
      const call = (changes: object): Promise<unknown> =>
        store.retention().prune({ end: 256, target: sealed.target.name, olderThan, actor: 'me', id: randomUUID(), ...changes });
      const refused = { code: 'ERR_PRUNE_REFUSED' };
      await expect(call({})).rejects.toMatchObject(refused);
      await sealed.seal();
      for (const end of [0, -256, 100, 257, 768, 1024]) await expect(call({ end }), `${end}`).rejects.toMatchObject(refused);
      await expect(call({ target: 'file:/elsewhere' })).rejects.toMatchObject(refused);
      for (const time of ['2020-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z', 'yesterday']) {
        await expect(call({ olderThan: time }), time).rejects.toMatchObject(refused);
      }
      await expect(call({ actor: '' })).rejects.toMatchObject({ code: 'ERR_STORE' });
      // A record that is gone already is evidence, which pruning would cover up.
      await asOwner(
        database().client,
        'delete from countersign.record where seq = 5 and chain = (select id from countersign.chain where name = $1)',
        [sealed.chain.id],
      );
      await expect(call({})).rejects.toMatchObject(refused);
      expect(await firstRecord(sealed)).toBe(0);
      expect(await store.firstStored()).toBe(0);
      await sealed.chain.close();
    });

    test('two at once prune each record once', async () => {
      const sealed = await sealedChain(database(), 700, { batch: 150, records: 256 });
      const both = (await Promise.all([prune(sealed), prune(sealed)])).flat();
      expect(both.map(({ first, last }) => [first, last])).toEqual([[0, 511]]);
      await sealed.chain.close();
    });

    test('one that is overtaken while it looks for the end leaves it to the other', async () => {
      const sealed = await sealedChain(database(), 700, { batch: 150, records: 256 });
      const { store } = sealed.parts;
      const olderThan = await afterAll(sealed);
      let others: Awaited<ReturnType<typeof prune>> | undefined;
      const recordsAt: typeof store.recordsAt = async (seqs) => {
        others ??= await prune(sealed);
        return await store.recordsAt(seqs);
      };
      const request = { target: sealed.target.name, olderThan, actor: 'system:retention', verifySegment: sealed.verifier() };
      expect(await pruneRecords(storeWith(store, { recordsAt }), request)).toEqual([]);
      expect(others).toHaveLength(1);
      await sealed.chain.close();
    });

    test('a login of the retention role prunes; a private value of a pruned record can still be erased', async () => {
      const sealed = await sealedChain(database(), 3);
      const { seq } = await sealed.chain.append(event(1, { private: { email: 'a@example.com' } }));
      await sealed.append(600, 200);
      await sealed.seal();
      const done = await database().as(['countersign_retention'], async ({ client }) => {
        const { openStore } = await import('../../src/store/sql-store.ts');
        const store = await openStore(client);
        const parts = { ...sealed.parts, store: await store.open(sealed.chain.id) };
        const pruned = await prune({ ...sealed, parts });
        await store.close();
        return pruned;
      });
      expect(done).toHaveLength(1);
      const { store } = sealed.parts;
      const why = { reason: 'request 13', actor: 'user:dpo' };
      const { id } = await redactPrivateValue(store, { seq, name: 'email', ...why });
      await awaitSettled(store, id, WAIT);
      await expect(redactPrivateValue(store, { seq, name: 'email', ...why })).rejects.toMatchObject({ code: 'ERR_PRIVATE_REDACTED' });
      await expect(redactPrivateValue(store, { seq, name: 'fax', ...why })).rejects.toMatchObject({ code: 'ERR_PRIVATE_UNKNOWN' });
      await sealed.chain.close();
    });

    test('a process that slept through it is told to open the chain again, and signs nothing', async () => {
      const sealed = await sealedChain(database(), 2);
      const sleeper = await Chain.open(sealed.parts);
      await sealed.append(600, 200);
      await sealed.seal();
      expect(await prune(sealed)).toHaveLength(1);
      await expect(sleeper.append(event(1))).rejects.toMatchObject({ code: 'ERR_RECORD_PRUNED' });
      await Promise.all([sleeper.close(), sealed.chain.close()]);
      await (await Chain.open(sealed.parts)).close();
    });
  });
}

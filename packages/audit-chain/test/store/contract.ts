import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { collect } from '../../src/append/stored-tree.ts';
import type { Addition, AuditStore, ChainStore } from '../../src/store/store.ts';

const sha256 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest());
const digestOf = (text: string): string => Buffer.from(sha256(text)).toString('hex');

/** A batch of records; the store does not look into them. */
export function batch(first: number, records: readonly string[], changes: Partial<Addition> = {}): Addition {
  return {
    first,
    count: records.length,
    now: Date.now(),
    records: new TextEncoder().encode(records.join('\n')),
    waiting: [],
    ids: records.map((record) => ({ id: randomUUID(), digest: digestOf(record) })),
    privateValues: [],
    checkpoint: { size: first + records.length, root: sha256(`root ${first}`), frontier: sha256(`frontier ${first}`) },
    tiles: [],
    ...changes,
  };
}

const numbered = (first: number, count: number): string[] => Array.from({ length: count }, (_, i) => `{"n":${first + i}}`);

async function textOf(store: ChainStore, from: number, to: number): Promise<string> {
  return new TextDecoder().decode(await collect(store.records(from, to)));
}

/** Everything a chain holds, to see that nothing has changed. */
async function contentOf(store: ChainStore): Promise<unknown> {
  const notes: unknown[] = [];
  for await (const note of store.notes()) notes.push(note);
  return [await textOf(store, 0, 1e6), await store.checkpoint(), notes];
}

/**
 * What every `ChainStore` does, whatever the database (the contract is at the interface).
 *
 * @param open gives the database; chains of earlier tests may be in it
 */
export function describeChainStore(name: string, open: () => AuditStore): void {
  describe(name, () => {
    let chains = 0;
    const newChain = (): Promise<ChainStore> => open().create(`example.com/store-${++chains}`);

    test('chains are made once, found by name, and listed sorted', async () => {
      const store = await newChain();
      await open().create(`a.${store.chain}`);
      await expect(open().create(store.chain)).rejects.toMatchObject({ code: 'ERR_CHAIN_EXISTS' });
      await expect(open().open('example.com/none')).rejects.toMatchObject({ code: 'ERR_CHAIN_UNKNOWN' });
      await expect(open().create('Not A Chain')).rejects.toMatchObject({ code: 'ERR_CHAIN_ID' });
      expect((await open().open(store.chain)).chain).toBe(store.chain);
      const all = await open().chains();
      expect(all).toEqual(all.toSorted());
      expect(all).toContain(`a.${store.chain}`);
    });

    test('a new chain is empty', async () => {
      const store = await newChain();
      expect(await contentOf(store)).toEqual(['', undefined, []]);
      expect(
        await Promise.all([store.checkpoint(1), store.note(), store.nextNote(0), store.tile(0, 0), store.pruned(0), store.firstStored()]),
      ).toEqual([undefined, undefined, undefined, undefined, undefined, 0]);
      expect(await store.takenIds([randomUUID()])).toEqual([]);
      expect(await store.segments('file:/archive')).toEqual([]);
    });

    test('records come back byte for byte, in order, in pieces of whole lines', async () => {
      const store = await newChain();
      const odd = [
        '{"a":"\\u0000\\ud83d\\ude00 é \u2028 \u{1f600} \\\\ \' \\" $1 %s"}',
        '{"b":"\\n\\t"}',
        '{"c":"\u202e\ufeff\u{10ffff}"}',
        `{"d":"${'x'.repeat(65_000)}"}`,
      ];
      const records = [...odd, ...numbered(4, 2500)];
      for (let at = 0; at < records.length; at += 1000) await store.addBatch(batch(at, records.slice(at, at + 1000)));
      expect(await textOf(store, 0, records.length)).toBe(records.map((record) => `${record}\n`).join(''));
      expect(await textOf(store, 999, 1002)).toBe(
        records
          .slice(999, 1002)
          .map((record) => `${record}\n`)
          .join(''),
      );
      expect(await textOf(store, 2503, 9999)).toBe(`${records[2503]}\n`);
      expect([await textOf(store, 2504, 9999), await textOf(store, 5, 5)]).toEqual(['', '']);
      for await (const chunk of store.records(0, 2504)) expect([chunk.at(-1), chunk.length < 2 ** 21]).toEqual([10, true]);
      const some = await store.recordsAt([3, 0, 2503, 99_999]);
      expect([...some.keys()].toSorted((a, b) => a - b)).toEqual([0, 3, 2503]);
      for (const [seq, bytes] of some) expect(new TextDecoder().decode(bytes)).toBe(records[seq]);
    });

    test('a batch is added whole, with its ids, checkpoint, tiles and private values', async () => {
      const store = await newChain();
      const salt = sha256('salt');
      const [one, two] = [randomUUID(), randomUUID()];
      const hashes = new Uint8Array(8192).map((_, i) => i);
      const added = batch(0, ['{"n":0}', '{"n":1}'], {
        ids: [
          { id: one, digest: digestOf('a') },
          { id: two, digest: digestOf('b') },
        ],
        tiles: [
          { level: 0, index: 0, root: sha256('t0'), hashes },
          { level: 0, index: 1, root: sha256('t1'), hashes: hashes.toReversed() },
        ],
        privateValues: [
          { id: one, name: 'email', value: '"zoë@example.com"', salt },
          { id: one, name: 'a b\n"c"', value: '{"x":[1,null,"\\u0000"]}', salt },
        ],
      });
      const before = Date.now();
      const result = await store.addBatch(added);
      expect('now' in result && Math.abs(result.now - before) < 5000).toBe(true);
      expect(await store.checkpoint()).toEqual(added.checkpoint);
      expect(await store.checkpoint(2)).toEqual(added.checkpoint);
      expect(await store.checkpoint(1)).toBeUndefined();
      expect(await store.tile(0, 1)).toEqual(hashes.toReversed());
      expect(await store.tile(1, 0)).toBeUndefined();
      expect(await store.tileRoots(0, 0, 5)).toEqual(new Uint8Array([...sha256('t0'), ...sha256('t1')]));
      const taken = await store.takenIds([two, randomUUID(), one]);
      expect(taken.toSorted((a, b) => a.seq! - b.seq!)).toEqual([
        { id: one, digest: digestOf('a'), seq: 0, aside: false },
        { id: two, digest: digestOf('b'), seq: 1, aside: false },
      ]);
      expect(await store.privateValues(one)).toEqual([
        { name: 'a b\n"c"', value: '{"x":[1,null,"\\u0000"]}', salt },
        { name: 'email', value: '"zoë@example.com"', salt },
      ]);
      expect(await store.privateValues(two)).toEqual([]);
    });

    test('a batch behind a head that has moved, or with an id that is held, adds nothing at all', async () => {
      const store = await newChain();
      const first = batch(0, numbered(0, 3));
      await store.addBatch(first);
      const before = await contentOf(store);
      expect(await store.addBatch(batch(0, numbered(0, 3)))).toEqual({ conflict: 'head' });
      expect(await store.addBatch(batch(4, numbered(4, 3)))).toEqual({ conflict: 'head' });
      const fresh = { id: randomUUID(), digest: digestOf('x') };
      expect(await store.addBatch(batch(3, numbered(3, 2), { ids: [fresh, first.ids[1]!] }))).toEqual({ conflict: 'ids' });
      expect(await store.addBatch(batch(3, numbered(3, 2), { ids: [fresh, fresh] }))).toEqual({ conflict: 'ids' });
      expect(await contentOf(store)).toEqual(before);
      expect(await store.takenIds([fresh.id])).toEqual([]);
      expect(await store.addBatch(batch(3, numbered(3, 2), { ids: [fresh, { ...fresh, id: randomUUID() }] }))).toHaveProperty('now');
    });

    test('an id belongs to its chain alone', async () => {
      const [one, two] = [await newChain(), await newChain()];
      const ids = [{ id: randomUUID(), digest: digestOf('x') }];
      for (const store of [one, two]) expect(await store.addBatch(batch(0, ['{}'], { ids }))).toHaveProperty('now');
    });

    test('of batches for one place, sent at once, exactly one is added', async () => {
      const store = await newChain();
      const sent = Array.from({ length: 6 }, (_, i) => batch(0, [`{"from":${i}}`, `{"from":${i},"n":1}`]));
      const results = await Promise.all(sent.map((one) => store.addBatch(one)));
      const added = results.flatMap((result, i) => ('now' in result ? [i] : []));
      expect(added.length).toBe(1);
      expect(results.filter((result) => 'conflict' in result && result.conflict === 'head').length).toBe(5);
      expect(await textOf(store, 0, 10)).toBe(`${new TextDecoder().decode(sent[added[0]!]!.records)}\n`);
    });

    test('a batch that breaks a rule of the schema adds nothing', async () => {
      const store = await newChain();
      const wrong: Partial<Addition>[] = [
        { count: 3, ids: numbered(0, 3).map((text) => ({ id: randomUUID(), digest: digestOf(text) })) },
        { records: new TextEncoder().encode(`{"long":"${'x'.repeat(65_536)}"}\n{}`) },
        { checkpoint: { size: 2, root: new Uint8Array(31), frontier: new Uint8Array(0) } },
        {
          ids: [
            { id: 'no uuid', digest: digestOf('x') },
            { id: randomUUID(), digest: digestOf('y') },
          ],
        },
        { tiles: [{ level: 0, index: 0, root: sha256(''), hashes: new Uint8Array(32) }] },
        { privateValues: [{ id: randomUUID(), name: 'a', value: '1', salt: new Uint8Array(8) }] },
      ];
      for (const changes of wrong)
        await expect(store.addBatch(batch(0, ['{}', '{}'], changes))).rejects.toMatchObject({
          code: expect.stringMatching(/^ERR_STORE$/) as string,
        });
      expect(await contentOf(store)).toEqual(['', undefined, []]);
    });

    test('a process whose clock is more than 5 seconds off adds nothing', async () => {
      const store = await newChain();
      const now = await store.now();
      // What the call takes is added to a clock that is behind, and taken from one that is ahead.
      for (const off of [-6000, 60_000])
        await expect(store.addBatch(batch(0, ['{}'], { now: now + off }))).rejects.toMatchObject({ code: 'ERR_CLOCK' });
      expect(await store.addBatch(batch(0, ['{}'], { now: (await store.now()) + 4000 }))).toHaveProperty('now');
    });

    test('notes only rise; each is found by its size, the one before and the one behind', async () => {
      const store = await newChain();
      for (const [first, count] of [
        [0, 1],
        [1, 4],
        [5, 15],
        [20, 10],
      ] as const)
        await store.addBatch(batch(first, numbered(first, count)));
      expect(await store.addNote({ size: 4, note: 'of no checkpoint' })).toBe(false);
      for (const size of [1, 5, 20]) expect(await store.addNote({ size, note: `note ${size}\nZoë\n` })).toBe(true);
      for (const size of [20, 19, 1]) expect(await store.addNote({ size, note: 'another' })).toBe(false);
      const at = async (size?: number) => (await store.note(size))?.size;
      expect([await at(), await at(0), await at(1), await at(4), await at(5), await at(99)]).toEqual([20, undefined, 1, 1, 5, 20]);
      const behind = async (size: number) => (await store.nextNote(size))?.size;
      expect([await behind(0), await behind(1), await behind(7), await behind(20)]).toEqual([1, 5, 20, undefined]);
      expect((await store.note(5))!.note).toBe('note 5\nZoë\n');
      const sizes: number[] = [];
      for await (const { size } of store.notes()) sizes.push(size);
      expect(sizes).toEqual([1, 5, 20]);
    });

    test('what was planned to be sealed stays planned, for each place on its own', async () => {
      const store = await newChain();
      await store.addBatch(batch(0, numbered(0, 30)));
      const plan = { first: 0, last: 9, exportedAt: '2026-11-21T03:12:00.000Z', manifest: undefined };
      expect(await store.planSegment('file:/a', plan)).toEqual(plan);
      expect(await store.planSegment('file:/b', plan)).toEqual(plan);
      // Another process had other limits: the range that was fixed first counts.
      expect(await store.planSegment('file:/a', { ...plan, last: 19, exportedAt: '2026-11-22T00:00:00.000Z' })).toEqual(plan);
      expect(await store.segments('file:/a')).toEqual([plan]);
      await store.sealSegment('file:/a', 0, digestOf('manifest'));
      await store.planSegment('file:/a', { ...plan, first: 10, last: 29 });
      expect(await store.segments('file:/a')).toEqual([
        { ...plan, manifest: digestOf('manifest') },
        { ...plan, first: 10, last: 29 },
      ]);
      expect(await store.segments('file:/b')).toEqual([plan]);
    });

    test('of the segments of a place, the last that is sealed and those behind it', async () => {
      const store = await newChain();
      await store.addBatch(batch(0, numbered(0, 30)));
      const exportedAt = '2026-11-21T03:12:00.000Z';
      const [one, two, three] = [0, 10, 20].map((first) => ({ first, last: first + 9, exportedAt, manifest: undefined }));
      const sealed = (plan: object) => ({ ...plan, manifest: digestOf('manifest') });
      await store.planSegment('file:/another', two!);
      expect(await store.lastSegments('file:/a')).toEqual([]);
      await store.planSegment('file:/a', one!);
      expect(await store.lastSegments('file:/a')).toEqual([one]);
      await store.sealSegment('file:/a', 0, digestOf('manifest'));
      await store.planSegment('file:/a', two!);
      expect(await store.lastSegments('file:/a')).toEqual([sealed(one!), two]);
      await store.sealSegment('file:/a', 10, digestOf('manifest'));
      expect(await store.lastSegments('file:/a')).toEqual([sealed(two!)]);
      await store.planSegment('file:/a', three!);
      expect(await store.lastSegments('file:/a')).toEqual([sealed(two!), three]);
    });

    test('sequencing sees the chain under its lock; what it plans is added, or nothing', async () => {
      const store = await newChain();
      await store.addBatch(batch(0, numbered(0, 3)));
      let seen: unknown;
      const nothing = await store.sequence(async (chain) => {
        seen = [chain.size, chain.waiting, new TextDecoder().decode(await collect(chain.records(1, 3)))];
        return undefined;
      });
      expect([nothing, seen]).toEqual([undefined, [3, [], '{"n":1}\n{"n":2}\n']]);
      await expect(store.sequence(() => Promise.reject(new RangeError('thought better of it')))).rejects.toThrow(RangeError);
      expect(await store.sequence(async () => batch(1, ['{}']))).toEqual({ conflict: 'head' });
      expect(await store.sequence(async ({ size }) => batch(size, ['{"n":3}']))).toBeUndefined();
      expect(await textOf(store, 0, 9)).toBe(
        numbered(0, 4)
          .map((record) => `${record}\n`)
          .join(''),
      );
    });
  });
}

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { followSeal } from '../../src/archive/follow.ts';
import { type SegmentLimits, segmentEnd } from '../../src/archive/limits.ts';
import { type SealParts, type SealedSegment, sealChain } from '../../src/archive/seal.ts';
import { gunzipMember, gzipMember, gzipMemberAside } from '../../src/node/archive/gzip.ts';
import { openStore } from '../../src/store/sql-store.ts';
import { event, signer } from '../support/chain.ts';
import { faultyClient } from '../support/faulty.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { type MemoryTarget, type TargetPlan, memoryTarget } from '../support/memory-target.ts';
import { newParts, noted } from '../support/sealed.ts';
import { storeWith } from '../support/store-with.ts';
import { type OpenDatabase, onStore } from '../support/stores.ts';
import { inspect } from '../verify/support/source.ts';
import { payloadOf } from './read.ts';

const NOW = '2026-11-21T03:12:00.000Z';
const REGISTRY = { digest: '0'.repeat(64), version: 1 };
const EXPORTER = { env: 'test', pii_policy_version: '1', service: 'test', version: '1' };
let targets = 0;
const newTarget = (plan?: TargetPlan): MemoryTarget => memoryTarget(`memory:${targets++}`, plan === undefined ? {} : { plan });

/** A closed chain with a note after record 0 and after each batch of so many records. */
async function newChain({ store }: OpenDatabase, batches: readonly number[]): Promise<ChainParts> {
  const parts = await newParts(store);
  const chain = await Chain.open(parts);
  for (const count of batches) {
    await Promise.all(Array.from({ length: count }, (_, n) => chain.append(event(n))));
    await noted(chain, parts.store);
  }
  await chain.close();
  return parts;
}

const sealParts = ({ store, resolver }: ChainParts, target: MemoryTarget, changes: Partial<SealParts> = {}): SealParts => ({
  store,
  target,
  signers: [signer],
  resolver,
  registry: REGISTRY,
  exporter: EXPORTER,
  gzip: gzipMember,
  gunzip: gunzipMember,
  now: NOW,
  limits: { records: 4 },
  ...changes,
});

async function seal(parts: SealParts, onlyDue = false): Promise<SealedSegment[]> {
  const segments: SealedSegment[] = [];
  for await (const segment of sealChain(parts, { onlyDue })) segments.push(segment);
  return segments;
}

const places = (segments: readonly { first: number; last: number }[]): string[] => segments.map(({ first, last }) => `${first}-${last}`);
const texts = ({ files }: MemoryTarget): string[] =>
  [...files].map(([key, bytes]) => `${key} ${Buffer.from(bytes).toString('hex')}`).sort();

/** The database knows every segment as sealed. */
async function expectSealed(parts: ChainParts, target: MemoryTarget, segments: readonly string[]): Promise<void> {
  const rows = await parts.store.segments(target.name);
  expect(places(rows)).toEqual(segments);
  expect(rows.every(({ manifest }) => manifest !== undefined)).toBe(true);
  expect(target.files.size).toBe(3 * segments.length);
}

/** And the whole archive verifies. */
async function expectWhole(parts: ChainParts, target: MemoryTarget, segments: readonly string[]): Promise<void> {
  await expectSealed(parts, target, segments);
  const report = await inspect(new Map(target.files), { resolver: parts.resolver });
  expect([report.exitCode, report.findings]).toEqual([0, []]);
}

onStore('embedded PostgreSQL', [describeLimits, describeFaults, describeTwo, describeFollowing]);
onStore('PostgreSQL', [describeTwo]);

function describeLimits(database: () => OpenDatabase): void {
  describe('a segment ends', () => {
    const size = async (parts: ChainParts, first: number, limits: SegmentLimits, onlyDue = false): Promise<number | undefined> =>
      (await segmentEnd(parts.store, first, limits, onlyDue))?.size;

    test('at the last checkpoint within both limits, else at the next there is', async () => {
      const parts = await newChain(database(), [3, 3, 3]);
      const bytes = (from: number, to: number): Promise<number> => lengthOf(parts, from, to);
      expect(await size(parts, 0, {})).toBe(10);
      expect(await size(parts, 0, { records: 9 })).toBe(7);
      expect(await size(parts, 0, { records: 7 })).toBe(7);
      expect(await size(parts, 1, { records: 1 })).toBe(4);
      expect(await size(parts, 0, { bytes: await bytes(0, 4) })).toBe(4);
      expect(await size(parts, 0, { bytes: (await bytes(0, 4)) - 1 })).toBe(1);
      expect(await size(parts, 1, { bytes: 1 })).toBe(4);
      expect(await size(parts, 10, {})).toBe(undefined);
    });

    test('only when it is full or old, where that is asked for', async () => {
      const parts = await newChain(database(), [3, 3]);
      expect(await size(parts, 1, { records: 7 }, true)).toBe(undefined);
      expect(await size(parts, 1, { records: 6 }, true)).toBe(7);
      expect(await size(parts, 1, { bytes: (await lengthOf(parts, 1, 7)) - 1 }, true)).toBe(4);
      expect(await size(parts, 1, { bytes: await lengthOf(parts, 1, 7) }, true)).toBe(undefined);
      const now = await parts.store.now();
      const age = (milliseconds: number) => {
        const store = storeWith(parts.store, { now: () => Promise.resolve(now + milliseconds) });
        return size({ ...parts, store }, 1, { age: 60_000 }, true);
      };
      expect(await age(50_000)).toBe(undefined);
      expect(await age(60_000)).toBe(7);
    });
  });

  test('the same range gives the same records and index, however it is compressed and by whoever', async () => {
    const parts = await newChain(database(), [5, 5]);
    const [one, two] = [newTarget(), newTarget()];
    await seal(sealParts(parts, one));
    await seal(sealParts(parts, two, { gzip: gzipMemberAside, exporter: { ...EXPORTER, env: 'other' }, now: '2026-11-22T00:00:00.000Z' }));
    const unsigned = (target: MemoryTarget) => texts(target).filter((text) => !text.includes('.manifest.json'));
    expect(unsigned(two)).toEqual(unsigned(one));
    expect(one.files.size).toBe(9);
  });
}

async function lengthOf({ store }: ChainParts, from: number, to: number): Promise<number> {
  let length = 0;
  for await (const chunk of store.records(from, to)) length += chunk.length;
  return length;
}

function describeFaults(database: () => OpenDatabase): void {
  describe('a sealing that is cut off', () => {
    test('at any call of the archive, before or after it took effect, is completed with the same files', async () => {
      const parts = await newChain(database(), [4]);
      const whole = newTarget();
      await seal(sealParts(parts, whole));
      await expectWhole(parts, whole, ['0-0', '1-4']);
      expect(whole.calls).toBeGreaterThan(9);
      for (const when of ['before', 'after'] as const) {
        for (let nth = 0; nth < whole.calls; nth++) {
          const target = newTarget((n) => (n === nth ? when : undefined));
          await expect(seal(sealParts(parts, target))).rejects.toThrow('power cut');
          await seal(sealParts(parts, target));
          expect(texts(target), `call ${nth} ${when}`).toEqual(texts(whole));
          await expectSealed(parts, target, ['0-0', '1-4']);
        }
      }
    });

    test('at any statement of the database, before or after it took effect, is completed with the same files', async () => {
      const parts = await newChain(database(), [4]);
      let fault: { readonly nth: number; readonly when: 'before' | 'after' } | undefined;
      const client = faultyClient(database().client, (n) => (n === fault?.nth ? fault.when : undefined));
      const store = await (await openStore(client, { migrate: false })).open(parts.store.chain);
      const whole = newTarget();
      client.statements = 0;
      await seal(sealParts({ ...parts, store }, whole));
      const { statements } = client;
      await expectWhole(parts, whole, ['0-0', '1-4']);
      expect(statements).toBeGreaterThan(14);
      for (const when of ['before', 'after'] as const) {
        for (let nth = 0; nth < statements; nth++) {
          const target = newTarget();
          client.statements = 0;
          fault = { nth, when };
          await expect(seal(sealParts({ ...parts, store }, target))).rejects.toMatchObject({ code: 'ERR_STORE' });
          fault = undefined;
          // Records that came meanwhile, and other limits, do not move the ends of what was begun.
          await seal(sealParts(parts, target));
          expect(texts(target), `statement ${nth} ${when}`).toEqual(texts(whole));
          await expectSealed(parts, target, ['0-0', '1-4']);
        }
      }
    });
  });

  describe('what another sealer has left', () => {
    test('is adopted when its records are the same: other compression, exporter, registry, signing key, time', async () => {
      const parts = await newChain(database(), [6]);
      const both = { ...parts, resolver: testResolver([signer, testSigner(2)]) };
      const theirs = { gzip: level1, exporter: { ...EXPORTER, env: 'old' }, registry: { ...REGISTRY, version: 2 }, signers: [testSigner(2)], now: '2026-11-20T00:00:00.000Z' }; // prettier-ignore
      const made = newTarget();
      await seal(sealParts(both, made, theirs));
      // A new name: to the database nothing is sealed yet.
      for (const count of [1, 2, 3, 4, 5, 6]) {
        const target = memoryTarget(`memory:${targets++}`, { files: new Map([...made.files].slice(0, count)) });
        await seal(sealParts(both, target));
        await expectWhole(both, target, ['0-0', '1-6']);
        for (const [key, bytes] of [...made.files].slice(0, count)) expect(Buffer.from(bytes).equals(target.files.get(key)!)).toBe(true);
      }
    });

    const others: readonly (readonly [string, (file: Buffer) => Buffer])[] = [
      ['other lines', (file) => gzipMember(Buffer.from(gunzipMember(file, 0, 1e6)!.bytes).fill('x', 20, 30)) as Buffer],
      ['a line less', (file) => { const { bytes } = gunzipMember(file, 0, 1e6)!; return gzipMember(bytes.subarray(0, bytes.lastIndexOf(10, -2) + 1)) as Buffer; }], // prettier-ignore
      ['a member that ends inside a line', (file) => { const { bytes } = gunzipMember(file, 0, 1e6)!; return Buffer.concat([gzipMember(bytes.subarray(0, 99)), gzipMember(bytes.subarray(99))]); }], // prettier-ignore
      ['another header', (file) => gzipSync(gunzipMember(file, 0, 1e6)!.bytes, { level: 1 })],
      ['bytes behind the last member', (file) => Buffer.concat([file, Buffer.of(0)])],
      ['more records', (file) => Buffer.concat([file, file])],
      ['a bomb', () => gzipMember(Buffer.alloc(5_000_000)) as Buffer],
    ];
    test.each(others)('is a conflict and stays when it is %s', async (_name, change) => {
      const parts = await newChain(database(), [2]);
      const made = newTarget();
      await seal(sealParts(parts, made));
      const [key, file] = [...made.files].find(([path]) => path.endsWith('.jsonl.gz'))!;
      const content = Uint8Array.from(change(Buffer.from(file)));
      const target = memoryTarget(`memory:${targets++}`, { files: new Map([[key, content]]) });
      await expect(seal(sealParts(parts, target))).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CONFLICT', field: 'key' });
      expect(target.files.get(key)).toEqual(content);
    });
  });
}

/** As an older compressor may have written: other bytes, the same lines. */
const level1 = (bytes: Uint8Array): Uint8Array => {
  const member = gzipSync(bytes, { level: 1 });
  member.set([0, 0xff], 8);
  return member;
};

function describeTwo(database: () => OpenDatabase): void {
  test('sealers at once, of other limits, exporters and compressors, make one archive between them', async () => {
    const parts = await newChain(database(), [4, 4, 4, 4]);
    const target = newTarget();
    const sealers = [{ limits: { records: 4 } }, { limits: { records: 9 }, gzip: level1, now: '2026-11-22T00:00:00.000Z' }, { exporter: { ...EXPORTER, service: 'another' }, gzip: gzipMemberAside }]; // prettier-ignore
    const made = await Promise.all(sealers.map((changes) => seal(sealParts(parts, target, changes))));
    const rows = await parts.store.segments(target.name);
    await expectWhole(parts, target, places(rows));
    expect(rows.at(-1)!.last).toBe(16);
    for (const segment of made.flat()) {
      const manifest = payloadOf(target.files.get(`${segment.key}.manifest.json`)!);
      expect([manifest.value.first, manifest.value.last]).toEqual([segment.first, segment.last]);
    }
  });
}

function describeFollowing(database: () => OpenDatabase): void {
  describe('a sealer that follows its chain', () => {
    test('seals what is full, leaves the rest, tries again what failed, tells the hooks, and stops', async () => {
      const parts = await newChain(database(), [4, 4]);
      const seen: string[] = [];
      const lags: number[] = [];
      const stop = new AbortController();
      // The second segment fails once, after its first file.
      const target = newTarget((n, call) => (call === 'put' && n > 7 && !seen.includes('failed') ? 'after' : undefined));
      const following = followSeal(sealParts(parts, target, { limits: { records: 4 } }), {
        signal: stop.signal,
        pollMs: 1,
        onFailure: () => seen.push('failed'),
        hooks: {
          onCount: (name, by, { chain, reason }) => {
            expect(chain).toBe(parts.store.chain);
            seen.push(`${name} ${by} ${reason ?? ''}`.trim());
            throw new Error('a metric that fails stops nothing');
          },
          onLevel: (name, value) => {
            expect(name).toBe('audit_export_lag_seconds');
            lags.push(value);
            if (lags.length > 2) stop.abort();
          },
        },
      });
      const segments: SealedSegment[] = [];
      for await (const segment of following) segments.push(segment);
      expect(places(segments)).toEqual(['0-0', '1-4', '5-8']);
      const counts = seen.filter((one) => one !== 'failed');
      expect(counts.filter((one) => one === 'audit_export_success_total 1').length).toBe(3);
      expect(counts.filter((one) => one === 'audit_export_failures_total 1 internal').length).toBe(1);
      expect(lags).toEqual([0, 0, 0]);
      await expectWhole(parts, target, ['0-0', '1-4', '5-8']);
    });

    test('ends with what nobody can mend, and completes what was begun when it is stopped', async () => {
      const parts = await newChain(database(), [4, 4]);
      const { signal } = new AbortController();
      const other = followSeal(sealParts(parts, newTarget(), { signers: [testSigner(9)] }), { signal, pollMs: 1 });
      await expect(other.next()).rejects.toMatchObject({ code: 'ERR_SIGNER_WRONG' });

      const stop = new AbortController();
      const target = newTarget((_, call) => {
        if (call === 'put') stop.abort();
        return undefined;
      });
      const segments: SealedSegment[] = [];
      for await (const segment of followSeal(sealParts(parts, target), { signal: stop.signal, pollMs: 1 })) segments.push(segment);
      expect(places(segments)).toEqual(['0-0']);
      await expectWhole(parts, target, ['0-0']);
    });
  });
}

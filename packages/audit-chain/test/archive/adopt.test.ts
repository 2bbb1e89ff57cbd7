import type { S3 } from '@aws-sdk/client-s3';
import type { KeyQuery, KeyResolver } from '@countersign/proof-core/ports';
import { readLink } from '@countersign/proof-core/record/link';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3Client } from '../../../../test/support/s3/client.ts';
import { S3Server } from '../../../../test/support/s3/server.ts';
import { s3Target } from '../../src/adapters/s3/target.ts';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { archiveAttestations } from '../../src/archive/attest.ts';
import { withRecovery } from '../../src/archive/recovery-target.ts';
import { type SealParts, sealChain } from '../../src/archive/seal.ts';
import { gzipMember } from '../../src/node/archive/gzip.ts';
import { type TestBed, event, signer, testBed } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { memoryTarget } from '../support/memory-target.ts';
import { newParts, noted } from '../support/sealed.ts';
import { storeWith } from '../support/store-with.ts';

let bed: TestBed;
let server: S3Server;
let client: S3;
let parts: ChainParts;
const DAY = 86_400_000;
const target = (bucket: string) => s3Target(client, { bucket, prefix: 'prod' }, { mode: 'COMPLIANCE', days: 30 });

beforeAll(async () => {
  server = await S3Server.start();
  client = s3Client(server.endpoint);
  bed = await testBed();
  parts = await newParts(bed.store);
  const chain = await Chain.open(parts);
  await chain.append(event(1));
  await noted(chain, parts.store);
  await chain.close();
});
afterAll(async () => {
  client.destroy();
  await server.close();
  await bed.close();
});

/** The attestations of a bucket: content and end of the lock of each version. */
const found = (bucket: string): { readonly content: string; readonly until: string; readonly mode: string }[] =>
  [...server.buckets.get(bucket)!.versions].flatMap(([key, versions]) =>
    /\.(cosignature|timestamp)$/.test(key)
      ? versions.map(({ content, lock }) => ({ content: String(content), until: lock!.until.toISOString(), mode: lock!.mode }))
      : [],
  );

const sealing = (target: SealParts['target'], changes: Partial<SealParts>) =>
  sealChain({
    store: parts.store,
    target,
    signers: [signer],
    resolver: parts.resolver,
    registry: { digest: '0'.repeat(64), version: 1 },
    exporter: { env: 'test', pii_policy_version: '1', service: 'test', version: '1' },
    gzip: gzipMember,
    now: new Date().toISOString(),
    ...changes,
  });

test('what outsiders said is locked as long as the segment that it is of, in both places, and never for longer by asking again', async () => {
  for (const name of ['main', 'second']) server.create(name, { locks: true });
  const { store } = parts;
  const at = new Date(Math.floor(Date.now() / 1000) * 1000);
  server.now = () => at;
  const sealed = sealing(target('main'), { now: at.toISOString() });
  for await (const { last } of sealed) expect(last).toBe(1);
  await store.attestations().add(2, { kind: 'timestamp', content: Buffer.from('first') });
  // Ten days later.
  server.now = () => new Date(at.getTime() + 10 * DAY);
  const until = new Date(at.getTime() + 30 * DAY).toISOString();
  const done = new Set<string>();
  expect(await archiveAttestations(store, target('main'), done)).toBe(1);
  expect(found('main')).toEqual([{ content: 'first', until, mode: 'COMPLIANCE' }]);
  const asked = server.requests.length;
  expect(await archiveAttestations(store, target('main'), done)).toBe(0);
  expect(server.requests.length).toBe(asked);
  // A second place gets what the first has already.
  expect(await archiveAttestations(store, withRecovery(target('main'), target('second')))).toBe(0);
  expect([found('main'), found('second')]).toEqual([[{ content: 'first', until, mode: 'COMPLIANCE' }], found('main')]);

  // The segment's lock is over: what was said since is kept as what is sealed now; what is there is left.
  const later = at.getTime() + 40 * DAY;
  server.now = () => new Date(later);
  const then = storeWith(store, { now: () => Promise.resolve(later) });
  await store.attestations().add(2, { kind: 'cosignature', content: Buffer.from('second') });
  for (const count of [1, 0]) expect(await archiveAttestations(then, target('main'))).toBe(count);
  const fresh = { content: 'second', until: new Date(later + 30 * DAY).toISOString(), mode: 'COMPLIANCE' };
  expect(found('main').toSorted((a, b) => (a.content < b.content ? -1 : 1))).toEqual([
    { content: 'first', until, mode: 'COMPLIANCE' },
    fresh,
  ]);

  // Another manifest does not say how long.
  const segments = async (name: string) => (await store.segments(name)).map((segment) => ({ ...segment, manifest: '0'.repeat(64) }));
  await expect(archiveAttestations(storeWith(store, { segments }), target('main'))).rejects.toMatchObject({ code: 'ERR_CHAIN_TAMPERED' });
});

test('a manifest that a crash left is adopted under a key that was retired since, not under one that was retired before', async () => {
  const old = testSigner(2);
  const resolver = testResolver([signer, old]);
  const made = memoryTarget('memory:made');
  for await (const { last } of sealing(made, { signers: [old], resolver })) expect(last).toBe(1);
  const record = (await parts.store.recordsAt([1])).get(1)!;
  const { time } = readLink(record, 0, record.length)!;
  const entry = resolver.entries().find(({ kid }) => kid === old.kid)!;
  const retired = (end: number): KeyResolver => ({
    ...resolver,
    resolve: (query: KeyQuery) =>
      query.kid === old.kid && query.earliest !== undefined && query.earliest > new Date(end).toISOString()
        ? { trusted: false, entry, reason: 'expired' }
        : resolver.resolve(query),
  });
  // To the database nothing is sealed under these names: the crash came before it was told.
  const adopt = async (name: string, end: number): Promise<number> => {
    const target = memoryTarget(name, { files: new Map(made.files) });
    for await (const _ of sealing(target, { resolver: retired(end), now: '2099-01-01T00:00:00.000Z' }));
    expect(new Map(target.files)).toEqual(new Map(made.files));
    return target.files.size;
  };
  expect(await adopt('memory:since', Date.parse(time) + 1)).toBe(3);
  await expect(adopt('memory:before', Date.parse(time) - 1)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CONFLICT' });
});

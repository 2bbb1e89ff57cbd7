import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { storedReceipt } from '../../src/append/stored-receipt.ts';
import { archiveAttestations } from '../../src/archive/attest.ts';
import { sealChain } from '../../src/archive/seal.ts';
import { gzipMember } from '../../src/node/archive/gzip.ts';
import { restoreAttestations } from '../../src/restore/attestations.ts';
import { recordRestored } from '../../src/restore/record.ts';
import { restoreSegments } from '../../src/restore/restore.ts';
import { event, signer } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { type SealedChain, noted, sealedChain } from '../support/sealed.ts';
import { storeWith } from '../support/store-with.ts';
import { everything, restore, twoBeds, verdict } from './shared.ts';

const beds = twoBeds();

test('an empty database gets the same records, ids, tiles, notes and head, and the chain goes on', async () => {
  const { origin, target } = beds();
  const sealed = await sealedChain(origin, 250, { batch: 250 });
  await sealed.chain.append(event(1, { trace: 'abc', id: '0193f8a0-0000-7000-8000-00000000abcd', private: { email: 'zoe@example.com' } }));
  await sealed.append(49, 49);
  await sealed.seal(200);
  const { store: before } = sealed.parts;
  const size = sealed.chain.size;
  const expected = await everything(before, size);
  const { comparison, store, parts } = await restore(sealed.folder, target.store);
  expect(comparison).toMatchObject({ chain: before.chain, stored: 0, head: { size, root: expected.root } });
  expect(await everything(store, size)).toEqual(expected);
  expect(await verdict(store)).toEqual({ exitCode: 0, findings: [] });
  for (const seq of [0, 255, 256, size - 1]) {
    const [a, b] = [await storedReceipt(before, seq), await storedReceipt(store, seq)];
    expect(Buffer.from(await b.bytes())).toEqual(Buffer.from(await a.bytes()));
  }
  // The mark says that nothing else was signed: the same origin goes on, and says what happened.
  const chain = await Chain.open({ ...sealed.parts, store });
  const { seq } = await recordRestored(chain, sealed.parts.mark, { actor: 'user:7f3a', reason: 'moved to another server' });
  const record = JSON.parse(Buffer.from((await store.recordsAt([seq])).get(seq)!).toString()) as { event: { payload: object } };
  expect([seq, record.event.payload]).toEqual([size, { reason: 'moved to another server', root: expected.root, size }]);
  // An id stays taken, and its event gets the receipt that it had.
  const again = event(1, { id: '0193f8a0-0000-7000-8000-00000000abcd', private: { email: 'zoe@example.com' } });
  await expect(chain.append(again)).rejects.toMatchObject({ code: 'ERR_ID_REDACTED' });
  const known = JSON.parse(expected.lines[10]!) as { event: { id: string; type: string; actor: string; subject: string; payload: object } };
  expect((await chain.append(known.event)).seq).toBe(10);
  // Sealing goes on behind the segments that there are.
  const interrupted = (): Promise<boolean> => Promise.reject(new Error('killed'));
  await expect(restoreSegments(comparison, parts, store, sealed.target.name, interrupted)).rejects.toThrow('killed');
  // The last one waits for what comes once; a sealer would complete it.
  const rows = await store.segments(sealed.target.name);
  expect(rows.map(({ manifest }) => manifest !== undefined)).toEqual(comparison.segments.map((_, i) => i < comparison.segments.length - 1));
  expect(await restoreSegments(comparison, parts, store, sealed.target.name, () => Promise.resolve(false))).toBe(0);
  expect(await restoreSegments(comparison, parts, store, sealed.target.name)).toBe(1);
  expect(await restoreSegments(comparison, parts, store, sealed.target.name)).toBe(0);
  const [old, now] = [await before.segments(sealed.target.name), await store.segments(sealed.target.name)];
  expect(now).toEqual(old);
  await chain.close();
  // And restoring again changes nothing.
  expect((await restore(sealed.folder, target.store)).comparison).toMatchObject({ stored: size + 1, head: { size } });
  expect(await verdict(store)).toEqual({ exitCode: 0, findings: [] });
});

/** A copy of an archive that may be written to. */
function copied(at: string, sealed: SealedChain, name: string, change: (folder: string, files: string[]) => void): string {
  const folder = join(at, name);
  cpSync(sealed.folder, folder, { recursive: true });
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.includes('.'))
    .toSorted();
  for (const file of files) if (/\.(json|gz)$/.test(file)) chmodSync(join(folder, file), 0o644);
  change(
    folder,
    files.filter((file) => /\.(json|gz)$/.test(file)),
  );
  return folder;
}

test('an archive that does not verify is refused before anything is written', async () => {
  const { origin, target } = beds();
  const sealed = await sealedChain(origin, 400, { batch: 100, records: 100 });
  const of = (files: string[], ending: string) => files.filter((file) => file.endsWith(ending));
  const attacks: Record<string, (folder: string, files: string[]) => void> = {
    byte: (folder, files) => {
      const path = join(folder, of(files, '.jsonl.gz')[1]!);
      const bytes = readFileSync(path);
      bytes[200]! ^= 1;
      writeFileSync(path, bytes);
    },
    gap: (folder, files) => {
      for (const file of files) if (file.includes('0000000000000101')) rmSync(join(folder, file));
    },
    head: (folder, files) => {
      for (const file of files) if (file.includes('0000000000000000')) rmSync(join(folder, file));
    },
    swapped: (folder, files) => {
      const manifests = of(files, '.manifest.json');
      copyFileSync(join(folder, manifests[1]!), join(folder, manifests[2]!));
    },
  };
  for (const [name, attack] of Object.entries(attacks)) {
    const folder = copied(origin.folder, sealed, `refused-${name}`, attack);
    await expect(restore(folder, target.store), name).rejects.toMatchObject({ code: 'ERR_RESTORE_ARCHIVE' });
  }
  const strange = testResolver([testSigner(9)]);
  await expect(restore(sealed.folder, target.store, { resolver: strange })).rejects.toMatchObject({ code: 'ERR_RESTORE_ARCHIVE' });
  expect(await target.store.chains()).not.toContain(sealed.parts.store.chain);
  await expect(restore(sealed.folder, target.store, { chain: 'example.com/none' })).rejects.toMatchObject({ code: 'ERR_CHAIN_UNKNOWN' });
});

test('cosignatures and time stamps come back beside the notes that they are of; what is none of them stays where it is', async () => {
  const { origin, target } = beds();
  const sealed = await sealedChain(origin, 60, { batch: 20, records: 20 });
  const { store: before } = sealed.parts;
  const sizes = (await before.segments(sealed.target.name)).map(({ last }) => last + 1);
  const line = Buffer.from(`\u2014 witness.example.com/w1 ${Buffer.alloc(76, 7).toString('base64')}\n`);
  for (const size of sizes.slice(0, 2)) {
    expect(await before.attestations().add(size, { kind: 'cosignature', content: new Uint8Array(line) })).toBe(true);
    expect(await before.attestations().add(size, { kind: 'timestamp', content: Uint8Array.of(48, size) })).toBe(true);
  }
  expect(await archiveAttestations(before, sealed.target)).toBe(4);
  const beside = join(
    sealed.folder,
    readdirSync(sealed.folder, { recursive: true, encoding: 'utf8' })
      .find((file) => file.endsWith('.timestamp'))!
      .replace(/\.[0-9a-f]{16}\.timestamp$/, ''),
  );
  writeFileSync(`${beside}.0123456789abcdef.timestamp`, 'of another content than its name says');
  writeFileSync(`${beside}.${createHash('sha256').update('no line').digest('hex').slice(0, 16)}.cosignature`, 'no line');
  const { comparison, parts, store } = await restore(sealed.folder, target.store);
  expect(await restoreAttestations(comparison, parts, store)).toEqual({ restored: 4, present: 0, left: 2 });
  expect(await restoreAttestations(comparison, parts, store)).toEqual({ restored: 0, present: 4, left: 2 });
  for (const size of sizes) expect(await store.attestations().of(size)).toEqual(await before.attestations().of(size));
  // A note that was signed twice is another: a time stamp covers its bytes.
  const other = storeWith(store, { note: async (size) => ({ ...(await store.note(size))!, note: 'another' }) });
  expect(await restoreAttestations(comparison, parts, other)).toEqual({ restored: 0, present: 0, left: 6 });
});

test('a key that was compromised since does not keep an archive from being restored that another key vouches for to its end', async () => {
  const { origin, target } = beds();
  const sealed = await sealedChain(origin, 40, { batch: 20, records: 20 });
  await sealed.chain.close();
  const next = testSigner(2);
  const both = testResolver([signer, next]);
  const chain = await Chain.open({ ...sealed.parts, signers: [next], resolver: both });
  await chain.append(event(1));
  await noted(chain, sealed.parts.store);
  await chain.close();
  const sealing = sealChain({
    store: sealed.parts.store,
    target: sealed.target,
    signers: [next],
    resolver: both,
    registry: { digest: '0'.repeat(64), version: 2 },
    exporter: { env: 'test', pii_policy_version: '1', service: 'test', version: '1' },
    gzip: gzipMember,
    now: new Date().toISOString(),
  });
  for await (const { first } of sealing) expect(first).toBe(40);
  const without = (stolen: string): KeyResolver => ({
    entries: () => both.entries(),
    resolve: (query) => {
      const entry = both.entries().find(({ kid }) => kid === query.kid)!;
      return query.kid === stolen ? { trusted: false, entry, reason: 'compromised' } : both.resolve(query);
    },
  });
  await expect(restore(sealed.folder, target.store, { resolver: without(next.kid) })).rejects.toMatchObject({
    code: 'ERR_RESTORE_ARCHIVE',
  });
  const { store, comparison, parts } = await restore(sealed.folder, target.store, { resolver: without(signer.kid) });
  expect(await everything(store, 41)).toEqual(await everything(sealed.parts.store, 41));
  // What is put in the place of a manifest afterwards is another, whoever signed it.
  const swapped = { ...comparison, manifests: new Map([...comparison.manifests, [0, 'f'.repeat(64)]]) };
  await expect(restoreSegments(swapped, parts, store, sealed.target.name)).rejects.toMatchObject({ code: 'ERR_RESTORE_ARCHIVE' });
  expect(await restoreSegments(comparison, parts, store, sealed.target.name)).toBe(comparison.segments.length);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { folderSource } from '../../src/node/verify/folder-source.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { exportPrivateValues } from '../../src/redact/private-backup.ts';
import { importPrivateValues } from '../../src/redact/private-import.ts';
import { redactPrivateValue } from '../../src/redact/redact.ts';
import { compareArchive } from '../../src/restore/restore.ts';
import { awaitSettled } from '../../src/retention/settled.ts';
import { type ArchiveSource, SourceError } from '../../src/verify/ports.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { sealedChain } from '../support/sealed.ts';
import { everything, resolver, restore, twoBeds, verdict } from './shared.ts';

const beds = twoBeds();

test('what ends it in the middle leaves whole segments, and the next call goes on', async () => {
  const { origin, target } = beds();
  const sealed = await sealedChain(origin, 800, { batch: 100, records: 100 });
  const good = folderSource(sealed.folder);
  let passes = 0;
  const broken: ArchiveSource = {
    kind: good.kind,
    list: () => good.list(),
    async read(path, start, end, options) {
      if (path.endsWith('0000000000000401.jsonl.gz') && ++passes > 1) throw new SourceError('unreadable', `${path}: gone`);
      return await good.read(path, start, end, options);
    },
  };
  await expect(restore(broken, target.store)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_STORE' });
  const store = await target.store.open(sealed.parts.store.chain);
  expect([(await store.checkpoint())!.size, (await store.note())!.size]).toEqual([401, 401]);
  // Nobody signs it meanwhile: the mark is ahead.
  await expect(Chain.open({ ...sealed.parts, store })).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK' });
  const { comparison } = await restore(good, target.store);
  expect([comparison.stored, comparison.head.size]).toEqual([401, 800]);
  expect(await everything(store, 800)).toEqual(await everything(sealed.parts.store, 800));
});

test('a segment that changes after it was verified is not stored', async () => {
  const { origin, target } = beds();
  const sealed = await sealedChain(origin, 300, { batch: 150, records: 150 });
  const good = folderSource(sealed.folder);
  const last = (await good.list())
    .filter(({ path }) => path.endsWith('.jsonl.gz'))
    .map(({ path }) => path)
    .toSorted()
    .at(-1)!;
  const text = gunzipSync(readFileSync(join(sealed.folder, last))).toString();
  const forged = gzipSync(text.replace(/"amount|"n":/, '"m":'));
  let lists = 0;
  const changing: ArchiveSource = {
    kind: good.kind,
    async list() {
      return (await good.list()).map((file) => (file.path === last ? { ...file, size: lists++ > 1 ? forged.length : file.size } : file));
    },
    read: (path, start, end, options) =>
      path === last && passes++ > 0 ? Promise.resolve(new Uint8Array(forged.subarray(start, end))) : good.read(path, start, end, options),
  };
  let passes = 0;
  await expect(restore(changing, target.store)).rejects.toMatchObject({
    code: expect.stringMatching(/^ERR_(RESTORE_ARCHIVE|ARCHIVE_STORE)$/) as string,
  });
  const store = await target.store.open(sealed.parts.store.chain);
  expect((await store.checkpoint())!.size).toBe(Number(/(\d{16})/.exec(last)![1]));
  await restore(good, target.store);
  expect(await verdict(store)).toEqual({ exitCode: 0, findings: [] });
});

test('a database with other records, or with events waiting, is left as it is', async () => {
  const { origin, target } = beds();
  const sealed = await sealedChain(origin, 200, { batch: 100, records: 100 });
  const { store } = await restore(sealed.folder, target.store);
  await asOwner(
    target.client,
    `update countersign.record set record = replace(record, '"n":', '"n":7') where seq = 33 and chain = (select id from countersign.chain where name = '${store.chain}')`,
  );
  await expect(restore(sealed.folder, target.store)).rejects.toMatchObject({ code: 'ERR_CHAIN_TAMPERED' });
  // The origin itself, after it went on differently: the archive is of another history.
  const other = await sealedChain(origin, 200, { batch: 100, records: 100 });
  const strangers = await sealedChain({ store: target.store, folder: target.folder }, 50, { name: 'example.com/strangers' });
  const alien = { ...other.parts.store, chain: strangers.parts.store.chain };
  expect(alien.chain).not.toBe(other.parts.store.chain);
  const forked = { find: () => Promise.resolve(strangers.parts.store) };
  const parts = { source: folderSource(other.folder), resolver, inflater: nodeInflater };
  await expect(compareArchive(parts, forked.find)).rejects.toMatchObject({ code: 'ERR_RESTORE_CONFLICT' });
});

test('a chain that was signed beyond its archive is restored to be read only: nothing signs it', async () => {
  const { origin, target } = beds();
  const sealed = await sealedChain(origin, 200, { batch: 100, records: 100 });
  await sealed.append(5, 5);
  const { store, comparison } = await restore(sealed.folder, target.store);
  await expect(Chain.open({ ...sealed.parts, store })).rejects.toMatchObject({
    code: 'ERR_CHAIN_ROLLED_BACK',
    expected: sealed.chain.size,
    actual: comparison.head.size,
  });
  expect(await verdict(store)).toEqual({ exitCode: 0, findings: [] });
});

test('private values come back from their backup; what was erased stays erased', async () => {
  const { origin, target } = beds();
  const sealed = await sealedChain(origin, 20, { batch: 20 });
  const { store: before } = sealed.parts;
  const { seq, id } = await sealed.chain.append(event(5, { private: { email: 'zoe@example.com', name: 'Zoe' } }));
  const lines: Uint8Array[] = [];
  for await (const line of exportPrivateValues(before)) lines.push(line);
  const erased = await redactPrivateValue(before, { seq, name: 'email', reason: 'request 12', actor: 'user:dpo' });
  await awaitSettled(before, erased.id, 10_000);
  await sealed.seal(256);
  const { store } = await restore(sealed.folder, target.store);
  // oxlint-disable-next-line typescript/require-await -- a file in one piece
  const file = (async function* () {
    yield Buffer.concat(lines);
  })();
  expect(await importPrivateValues(store, file)).toEqual({ restored: 1, present: 0, redacted: 1, pruned: 0 });
  expect((await store.privateValues(id)).map(({ name, value }) => [name, value])).toEqual([['name', '"Zoe"']]);
});

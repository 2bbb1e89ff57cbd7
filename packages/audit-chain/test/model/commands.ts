import { randomUUID } from 'node:crypto';
import { noteKey } from '@countersign/proof-core/note/key';
import { parseNote } from '@countersign/proof-core/note/note';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import * as fc from 'fast-check';
import type { PendingReceipt } from '../../src/append/pending-receipt.ts';
import { sealChain } from '../../src/archive/seal.ts';
import { gzipMember } from '../../src/node/archive/gzip.ts';
import { folderSource } from '../../src/node/verify/folder-source.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { redactPrivateValue } from '../../src/redact/redact.ts';
import { archiveVerifier } from '../../src/retention/archive-verifier.ts';
import { pruneRecords } from '../../src/retention/prune.ts';
import { awaitSettled } from '../../src/retention/settled.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { afterAll, noted } from '../support/sealed.ts';
import { Backup } from './backup.ts';
import type { Model } from './model.ts';
import type { World } from './world.ts';

type Command = fc.AsyncCommand<Model, World>;

const WAIT = 20_000;

function command(
  name: string,
  run: (model: Model, world: World) => Promise<void>,
  check: (model: Readonly<Model>) => boolean = () => true,
) {
  return { check, run, toString: () => name };
}

/** Events with ids, so that the model can ask for those that nobody got an answer for. */
function events(count: number, changes: object = {}): Sent[] {
  return Array.from({ length: count }, (_, n) => ({ ...event(n, changes), id: randomUUID() }));
}

type Sent = ReturnType<typeof event> & { readonly id: string };

async function accept(model: Model, world: World, after: number, receipt: { id: string; seq: number; bytes(): Promise<Uint8Array> }) {
  model.settle(receipt.id, receipt.seq, after);
  const { link } = await verifyReceipt(await receipt.bytes(), { resolver: world.resolver, origin: world.chain.id });
  if (link.seq !== receipt.seq) throw new Error(`a receipt for record ${link.seq}, not ${receipt.seq}`);
}

const append = (count: number): Command =>
  command(`append ${count}`, async (model, world) => {
    const after = model.size;
    const sent = events(count);
    world.sent.set(sent[0]!.id, sent[0]!);
    const receipts = await Promise.all(sent.map((one) => world.chain.append(one)));
    for (const receipt of receipts.slice(0, 3)) await accept(model, world, after, receipt);
    for (const { id, seq } of receipts) model.settle(id, seq, after);
  });

const appendPrivate = (): Command =>
  command('append a private value', async (model, world) => {
    const receipt = await world.chain.append(events(1, { private: { email: 'a@example.com' } })[0]!);
    await accept(model, world, model.size, receipt);
    model.secrets.set(receipt.seq, true);
  });

const inTransaction = (count: number, commits: boolean): Command =>
  command(`append ${count} in a transaction that ${commits ? 'commits' : 'is rolled back'}`, async (model, world) => {
    const after = model.size;
    const pending: PendingReceipt[] = [];
    const work = world.transaction(async (transaction) => {
      for (const one of events(count)) pending.push(await world.chain.append(one, { transaction }));
      if (!commits) throw new RangeError('no order');
    });
    if (commits) {
      await work;
      for (const one of pending) await accept(model, world, after, await one.settled());
      return;
    }
    await work.catch((error: unknown) => {
      if (!(error instanceof RangeError)) throw error;
    });
    for (const one of pending) {
      model.refused.add(one.id);
      await refuses(one.settled(), 'ERR_TRANSACTION_ABORTED');
    }
  });

interface Refusal {
  readonly code?: string;
  readonly expected?: number;
  readonly actual?: number;
}

/** Resolves when work is refused with one of these codes; to the error. */
async function refuses(work: Promise<unknown>, ...codes: readonly string[]): Promise<Refusal> {
  const error = (await work.then(
    () => new Error(`expected ${codes.join(' or ')}`),
    (reason: unknown) => reason,
  )) as Refusal;
  if (codes.includes(error.code ?? '')) return error;
  throw error;
}

const crash = (count: number, statement: number, when: 'before' | 'after', waiting: boolean): Command =>
  command(`crash ${when} statement ${statement} of appending ${count}${waiting ? ' and what waits' : ''}`, async (model, world) => {
    const after = model.size;
    if (waiting) {
      const left = events(1)[0]!;
      await world.transaction((transaction) => world.chain.append(left, { transaction }));
      model.open.add(left.id);
    }
    world.dieAt(statement, when);
    const batch = events(count);
    for (const one of batch) {
      model.open.add(one.id);
      world.sent.set(one.id, one);
    }
    const work = batch.map((one) => world.chain.append(one).then(({ id, seq }) => model.settle(id, seq, after)));
    await world.diesOr(Promise.allSettled(work));
    await world.kill();
    await world.start();
  });

/** Whoever got no answer asks again with the same id; so does one who forgot his. */
const appendAgain = (): Command =>
  command('append again', async (model, world) => {
    const after = model.size;
    const settled = [...world.sent.keys()].findLast((id) => (model.settled.get(id) ?? -1) >= model.first);
    for (const id of [...[...model.open].slice(0, 3), ...(settled === undefined ? [] : [settled])]) {
      const sent = world.sent.get(id);
      if (sent !== undefined) await accept(model, world, after, await world.chain.append(sent));
    }
  });

/** The newest note is published without waiting for the disk: a crash may cost it. It is signed again, over the same root. */
const loseNote = (): Command =>
  command('lose the newest note', async (model, world) => {
    const after = model.size;
    await accept(model, world, after, await world.chain.append(events(1)[0]!));
    await noted(world.chain, world.store);
    await world.kill();
    const { size } = (await world.store.note())!;
    const where = '(select id from countersign.chain where name = $1)';
    await asOwner(world.database.client, `delete from countersign.note where chain = ${where} and size = $2`, [world.store.chain, size]);
    await world.start();
    if (world.chain.settledSize < size) throw new Error(`the note of size ${size} was not signed again`);
  });

const rotate = (): Command =>
  command('rotate', async (model, world) => {
    await world.stop();
    // While the keys overlap both sign; then the old one is retired.
    world.keys = world.keys.length === 1 ? [...world.keys, (world.keys[0]! + 1) % 5] : world.keys.slice(1);
    await world.start();
    const after = model.size;
    await accept(model, world, after, await world.chain.append(events(1)[0]!));
    await noted(world.chain, world.store);
    const lines = parseNote(new TextEncoder().encode((await world.store.note())!.note)).signatures.map(({ keyId }) => keyId);
    const keys = world.keys.map((key) => noteKey(world.chain.id, world.resolver.entries()[key]!.key).keyId);
    if (lines.join() !== keys.join()) throw new Error(`signed by ${lines.join()}, not ${keys.join()}`);
  });

const redact = (): Command =>
  command(
    'redact',
    async (model, world) => {
      const [seq] = [...model.secrets].find(([, kept]) => kept)!;
      const { id } = await redactPrivateValue(world.store, { seq, name: 'email', reason: 'request 12', actor: 'user:dpo' });
      model.own.add(id);
      model.secrets.set(seq, false);
      await awaitSettled(world.store, id, WAIT);
    },
    (model) => [...model.secrets.values()].includes(true),
  );

const prune = (): Command =>
  command('seal and prune', async (model, world) => {
    const { store, target, resolver, folder, signer } = world;
    await noted(world.chain, store);
    const sealing = sealChain({
      store,
      target,
      signers: [signer],
      resolver,
      registry: { digest: '0'.repeat(64), version: 1 },
      exporter: { env: 'test', pii_policy_version: '1', service: 'test', version: '1' },
      gzip: gzipMember,
      now: new Date().toISOString(),
      limits: { records: 256 },
    });
    for await (const segment of sealing) void segment;
    const olderThan = await afterAll({ chain: world.chain, parts: { store } } as never);
    const verifySegment = archiveVerifier(store, folderSource(folder), { resolver, inflater: nodeInflater });
    for (const { last, id } of await pruneRecords(store, { target: target.name, olderThan, actor: 'system:retention', verifySegment })) {
      model.first = last + 1;
      model.own.add(id);
      await awaitSettled(store, id, WAIT);
    }
  });

/** Puts an older copy of the database back, sees it refused with evidence, and puts the newest one in its place again. */
const restore = (count: number): Command =>
  command(`restore a backup from ${count} events ago`, async (model, world) => {
    await noted(world.chain, world.store);
    const backup = await Backup.take(world);
    const after = model.size;
    for (const one of events(count)) await accept(model, world, after, await world.chain.append(one));
    await noted(world.chain, world.store);
    const newest = await Backup.take(world);
    const asked = world.asked.size;
    await backup.restore();
    const refused = events(1)[0]!;
    model.refused.add(refused.id);
    await refuses(world.chain.append(refused), 'ERR_CHAIN_ROLLED_BACK');
    const { expected, actual } = await refuses(world.start(), 'ERR_CHAIN_ROLLED_BACK');
    const { size } = world.mark.now.get(world.store.chain)!;
    if (expected !== size || actual !== backup.size) throw new Error(`evidence ${actual} and ${expected}, not ${backup.size} and ${size}`);
    if (world.asked.size !== asked) throw new Error('an older copy was signed');
    await newest.restore();
    for (const copy of [backup, newest]) await copy.drop();
  });

const few: fc.Arbitrary<number> = fc.integer({ min: 1, max: 5 });

/** What may happen to a chain, in any order. */
export const COMMANDS: readonly fc.Arbitrary<Command>[] = [
  few.map(append),
  fc.constant(append(300)),
  fc.constant(appendPrivate()),
  fc.tuple(few, fc.boolean()).map(([count, commits]) => inTransaction(count, commits)),
  fc
    .tuple(few, fc.integer({ min: 1, max: 7 }), fc.constantFrom('before' as const, 'after' as const), fc.boolean())
    .map(([count, statement, when, waiting]) => crash(count, statement, when, waiting)),
  fc.constant(appendAgain()),
  fc.constant(loseNote()),
  fc.constant(rotate()),
  fc.constant(redact()),
  fc.constant(prune()),
  few.map(restore),
];

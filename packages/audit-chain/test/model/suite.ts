import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyNote } from '@countersign/proof-core/note/verify';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashRecords } from '../../src/append/lines.ts';
import { checkpointKeys } from '../../src/append/keys.ts';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { folderSource } from '../../src/node/verify/folder-source.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { storeSource } from '../../src/node/verify/log-source.ts';
import { readPrunedStart } from '../../src/retention/pruned-start.ts';
import { inspectArchive } from '../../src/verify/archive/inspect.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import type { OpenDatabase } from '../support/stores.ts';
import { COMMANDS } from './commands.ts';
import { Model, type Read } from './model.ts';
import { World } from './world.ts';

async function readBack(model: Model, { store, chain }: World): Promise<Read> {
  const first = await store.firstStored();
  const records: { seq: number; id: string; type: string }[] = [];
  for await (const chunk of store.records(first, chain.size)) {
    for (const line of new TextDecoder().decode(chunk).trimEnd().split('\n')) {
      const { event, link } = JSON.parse(line) as { event: { id: string; type: string }; link: { seq: number } };
      records.push({ seq: link.seq, id: event.id, type: event.type });
    }
  }
  const asked = [...model.settled.keys(), ...model.refused, ...model.own];
  const places = new Map((await store.takenIds(asked)).map(({ id, seq }) => [id, seq ?? -1]));
  const ids = new Map([...model.settled].map(([id, seq]) => [seq, id]));
  const secrets = new Map<number, boolean>();
  for (const seq of model.secrets.keys()) secrets.set(seq, (await store.privateValues(ids.get(seq)!)).length === 1);
  return { first, size: chain.size, records, places, secrets };
}

/** Signed to its end, by every key that signs now; the verifier agrees; receipts made from what is stored verify. */
async function expectSigned(model: Model, world: World): Promise<void> {
  const { chain, store, resolver } = world;
  expect(chain.settledSize).toBe(chain.size);
  const note = new TextEncoder().encode((await store.note())!.note);
  const { textBytes } = await verifyNote(note, checkpointKeys(resolver, chain.id));
  const { size, root } = parseCheckpoint(textBytes);
  expect(size).toBe(chain.size);
  const start = (await readPrunedStart(store)) ?? { first: 0, frontier: CompactRange.empty(), prev: '0'.repeat(64) };
  const { leaves } = await hashRecords(store.records(start.first, size), { chain: chain.id, count: size - start.first, ...start });
  expect(new TreeView(start.frontier, leaves).root()).toEqual(root);
  if (model.first === 0) {
    expect(await inspectRecords(storeSource(store), { resolver, level: 'deep' })).toMatchObject({ exitCode: 0, findings: [] });
  } else {
    const archive = await inspectArchive(folderSource(world.folder), { resolver, chain: chain.id, inflater: nodeInflater });
    expect(archive).toMatchObject({ exitCode: 0, findings: [] });
  }
  for (const seq of [model.first, Math.floor((model.first + size) / 2), size - 1]) {
    const { link } = await verifyReceipt(await (await chain.receipt(seq)).bytes(), { resolver, origin: chain.id });
    expect(link.seq).toBe(seq);
  }
}

/** Runs sequences of commands against a chain in a database and the model. */
export function describeModel(database: () => OpenDatabase, options: { readonly runs: number; readonly length: number }): void {
  describe('append, crash, sign again, rotate, redact, prune and restore in any order', () => {
    test('agree with the model: every acknowledged event is there, once, in order, signed; no fork', async () => {
      const commands = fc.commands([...COMMANDS], { maxCommands: options.length, size: 'max' });
      const property = fc.asyncProperty(commands, async (sequence) => {
        const world = await World.begin(database());
        const model = new Model();
        await fc.asyncModelRun(() => ({ model, real: world }), sequence);
        // Opened once more: what the last process knew does not count.
        await world.stop();
        await world.start();
        expect(model.contradictions(await readBack(model, world))).toEqual([]);
        expect(world.forks).toEqual([]);
        await expectSigned(model, world);
        await world.stop();
      });
      await fc.assert(property, { numRuns: options.runs, endOnFailure: true });
    });
  });
}

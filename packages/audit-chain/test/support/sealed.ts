import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { sealChain } from '../../src/archive/seal.ts';
import type { ArchiveTarget } from '../../src/archive/target.ts';
import { folderTarget } from '../../src/node/archive/folder-target.ts';
import { gzipMember } from '../../src/node/archive/gzip.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { folderSource } from '../../src/node/verify/folder-source.ts';
import { archiveVerifier } from '../../src/retention/archive-verifier.ts';
import type { VerifySegment } from '../../src/retention/prune.ts';
import type { AuditStore, ChainStore } from '../../src/store/store.ts';
import { event, signer } from './chain.ts';
import { testResolver } from './keys.ts';
import { memoryMark } from './mark.ts';
import { storeWith } from './store-with.ts';

/** Of each database its own: the names of a file's chains are the same in whatever process it runs, and behind whichever other files. */
const chains = new WeakMap<AuditStore, number>();

/** A new chain's parts in a database: `example.com/kept-1` and so on, unless it has a name. */
export async function newParts(database: AuditStore, changes: Partial<ChainParts> = {}, name?: string): Promise<ChainParts> {
  const count = (chains.get(database) ?? 0) + 1;
  chains.set(database, count);
  const store = await database.create(name ?? `example.com/kept-${count}`);
  return { store, signers: [signer], resolver: testResolver([signer]), mark: memoryMark(), clock: Date, ...changes };
}

/** A chain with so many records, in batches of `batch`, and an archive. */
export interface SealedChain {
  readonly parts: ChainParts;
  readonly chain: Chain;
  readonly folder: string;
  readonly target: ArchiveTarget;
  /** Verifies segments of this archive, or of another one, against the chain: for one run of pruning. */
  verifier(archive?: string): VerifySegment;
  seal(records?: number): Promise<number>;
  append(count: number, batch?: number): Promise<void>;
}

export async function sealedChain(
  of: { readonly store: AuditStore; readonly folder: string },
  count: number,
  options: { readonly batch?: number; readonly records?: number; readonly name?: string } = {},
): Promise<SealedChain> {
  const parts = await newParts(of.store, {}, options.name);
  const { store, resolver } = parts;
  // Events appended at once may be several batches, each with a note: the ones between are not kept.
  let due = 0;
  const chain = await Chain.open({
    ...parts,
    store: storeWith(store, { addNote: async (note) => note.size < due || (await store.addNote(note)) }),
  });
  const folder = join(of.folder, `archive-${chains.get(of.store)}`);
  const target = folderTarget(folder);
  const sealed: SealedChain = {
    parts,
    chain,
    folder,
    target,
    verifier: (archive = folder) => archiveVerifier(store, folderSource(archive), { resolver, inflater: nodeInflater }),
    async seal(records = 256) {
      let segments = 0;
      const exporter = { env: 'test', pii_policy_version: '1', service: 'test', version: '1' };
      const sealing = sealChain({
        store,
        target,
        signers: [signer],
        resolver,
        registry: { digest: '0'.repeat(64), version: 1 },
        exporter,
        gzip: gzipMember,
        now: new Date().toISOString(),
        limits: { records },
      });
      for await (const _ of sealing) segments++;
      return segments;
    },
    async append(more, batch = more) {
      for (let done = 0; done < more; done += batch) {
        due = chain.size + Math.min(batch, more - done);
        await Promise.all(Array.from({ length: Math.min(batch, more - done) }, (_, i) => chain.append(event(done + i))));
        // Notes are published behind the callers' backs.
        await noted(chain, store);
      }
    },
  };
  await sealed.append(count - 1, options.batch);
  if (options.records !== undefined) await sealed.seal(options.records);
  return sealed;
}

/** Resolves when the newest record of a chain is covered by a note in the database. */
export async function noted(chain: Chain, store: ChainStore): Promise<void> {
  while (((await store.note())?.size ?? 0) < chain.size) await setImmediate();
}

/** A time that all records of a chain are older than, by the database's clock: theirs may be ahead of it by milliseconds. */
export async function afterAll({ chain, parts }: Pick<SealedChain, 'chain' | 'parts'>): Promise<string> {
  const seq = chain.size - 1;
  const last = new TextDecoder().decode((await parts.store.recordsAt([seq])).get(seq)).slice(-27, -3);
  for (;;) {
    const now = new Date(await parts.store.now()).toISOString();
    if (now > last) return now;
    await setImmediate();
  }
}

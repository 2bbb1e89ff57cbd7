import { afterAll, beforeAll } from 'vitest';
import { folderSource } from '../../src/node/verify/folder-source.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { storeSource } from '../../src/node/verify/log-source.ts';
import { type Comparison, type RestoreParts, compareArchive, restoreChain } from '../../src/restore/restore.ts';
import type { AuditStore, ChainStore } from '../../src/store/store.ts';
import type { Finding } from '../../src/verify/finding.ts';
import type { ArchiveSource } from '../../src/verify/ports.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import { type TestBed, signer, testBed } from '../support/chain.ts';
import { testResolver } from '../support/keys.ts';

export const resolver = testResolver([signer]);

/** A database that chains are sealed from, and one that they are restored to. */
export function twoBeds(): () => { readonly origin: TestBed; readonly target: TestBed } {
  const beds: TestBed[] = [];
  beforeAll(async () => void beds.push(await testBed(), await testBed()));
  afterAll(async () => {
    for (const bed of beds) await bed.close();
  });
  return () => ({ origin: beds[0]!, target: beds[1]! });
}

/** Finds a chain of a database, if it is there. */
export const find =
  (database: AuditStore) =>
  async (chain: string): Promise<ChainStore | undefined> =>
    (await database.chains()).includes(chain) ? await database.open(chain) : undefined;

/** Restores what a source holds; the chain is made when it is not there. */
export async function restore(
  archive: ArchiveSource | string,
  database: AuditStore,
  changes: Partial<RestoreParts> = {},
): Promise<{ readonly comparison: Comparison; readonly store: ChainStore; readonly parts: RestoreParts }> {
  const source = typeof archive === 'string' ? folderSource(archive) : archive;
  const parts = { source, resolver, inflater: nodeInflater, clock: Date, ...changes };
  const comparison = await compareArchive(parts, find(database));
  const store = (await find(database)(comparison.chain)) ?? (await database.create(comparison.chain));
  await restoreChain(comparison, parts, store);
  return { comparison, store, parts };
}

interface Everything {
  readonly lines: readonly string[];
  readonly root: string;
  /** Whatever else is compared. */
  readonly [part: string]: unknown;
}

/** All that a chain of `size` records comes to: lines, ids, tiles, the note and the checkpoint of that size. */
export async function everything(store: ChainStore, size: number): Promise<Everything> {
  const lines: string[] = [];
  for await (const chunk of store.records(0, size)) lines.push(...Buffer.from(chunk).toString().trimEnd().split('\n'));
  const full = Math.floor(size / 256);
  const tiles: string[] = [];
  for (let i = 0; i < full; i++) tiles.push(Buffer.from((await store.tile(0, i)) ?? []).toString('hex'));
  const { root, frontier } = (await store.checkpoint(size))!;
  const ids = lines.map((line) => (JSON.parse(line) as { event: { id: string } }).event.id);
  const taken = (await store.takenIds(ids)).toSorted((a, b) => a.seq! - b.seq!);
  const roots = Buffer.from(await store.tileRoots(0, 0, full)).toString('hex');
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return { lines, tiles, taken, roots, note: (await store.note(size))!, root: hex(root), frontier: hex(frontier) };
}

/** What a deep verification says of a stored chain. */
export async function verdict(store: ChainStore): Promise<{ readonly exitCode: number; readonly findings: readonly Finding[] }> {
  const { exitCode, findings } = await inspectRecords(storeSource(store), { resolver, level: 'deep' });
  return { exitCode, findings };
}

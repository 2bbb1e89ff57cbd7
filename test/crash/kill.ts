import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { expect } from 'vitest';
import { inspectArchive } from '../../packages/audit-chain/src/verify/archive/inspect.ts';
import { nodeInflater } from '../../packages/audit-chain/src/node/verify/inflater.ts';
import { folderSource } from '../../packages/audit-chain/src/node/verify/folder-source.ts';
import { sealChain } from '../../packages/audit-chain/src/archive/seal.ts';
import { folderTarget } from '../../packages/audit-chain/src/node/archive/folder-target.ts';
import { gzipMember } from '../../packages/audit-chain/src/node/archive/gzip.ts';
import { openStore } from '../../packages/audit-chain/src/store/sql-store.ts';
import type { SqlClient } from '../../packages/audit-chain/src/store/sql.ts';
import { generateKeyFile, localSigner } from '../../packages/signer-registry/src/node/local-signer.ts';
import { createDevRegistry } from '../../packages/signer-registry/src/registry/dev.ts';
import { parseRegistry } from '../../packages/signer-registry/src/registry/parse.ts';
import { seededRandom } from '../support/random.ts';
import { killableChild } from './child.ts';

const CHAIN = 'example.com/crash';

/** Where children append and seal. */
interface Place {
  /** Folder of the embedded database, or the URL of one on a server. */
  readonly database: string;
  /** Opens it for reading, when nobody else has it open. */
  readonly open: () => Promise<SqlClient>;
  /** For keys, mark and archive. */
  readonly folder: string;
}

/** What a run of kills needs. */
export interface Kills extends Place {
  readonly rounds: number;
  readonly seed: number;
}

/**
 * Kills a process that appends and seals, again and again, at moments the seed decides; then everything acknowledged has to be there, once,
 * in order, under notes that agree with one history, and the archive has to be intact.
 */
export async function survivesKills(kills: Kills): Promise<void> {
  const { folder, rounds, seed } = kills;
  const keys = await makeKeys(folder);
  const random = seededRandom(seed);
  const acknowledged = new Map<string, number>();
  const killedAfter = await killableChild('append-child.mjs');
  for (let round = 0; round < rounds; round++) {
    const { lines, byItself } = await killedAfter(1 + Math.floor(random() * 400), kills.database, folder, CHAIN, `round ${round}`);
    expect(byItself, `seed ${seed}, round ${round}, ${lines.length} lines: the process ended by itself`).toBeUndefined();
    remember(acknowledged, lines);
  }
  await requireWhole(kills, keys, acknowledged, `seed ${seed}`);
}

/**
 * Lets so many processes at once find a database without tables, make the chain and append and seal to it, until each is killed; then all is as
 * after kills.
 */
export async function survivesRace(place: Place, processes: number): Promise<void> {
  const keys = await makeKeys(place.folder);
  const killedAfter = await killableChild('append-child.mjs');
  const acknowledged = new Map<string, number>();
  const children = Array.from({ length: processes }, (_, n) => killedAfter(100, place.database, place.folder, CHAIN, `process ${n}`));
  for (const { lines, byItself } of await Promise.all(children)) {
    expect(byItself, `${lines.length} lines: the process ended by itself`).toBeUndefined();
    remember(acknowledged, lines);
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(100 * processes);
  await requireWhole(place, keys, acknowledged, 'race');
}

type Keys = Awaited<ReturnType<typeof makeKeys>>;

async function makeKeys(folder: string) {
  mkdirSync(folder, { recursive: true });
  const logKey = await generateKeyFile(join(folder, 'log.pem'), 'log-1');
  const rootKey = localSigner('root-1', generateKeyPairSync('ed25519').privateKey);
  const document = await createDevRegistry({ chain: CHAIN, logKey, rootKey, now: Date.now() - 1000 });
  writeFileSync(join(folder, 'signers.json'), document);
  return { logKey, document };
}

function remember(acknowledged: Map<string, number>, lines: readonly string[]): void {
  for (const line of lines) acknowledged.set(line.split(' ')[1]!, Number(line.split(' ')[0]));
}

async function requireWhole(
  { folder, open }: Place,
  { logKey, document }: Keys,
  acknowledged: ReadonlyMap<string, number>,
  label: string,
): Promise<void> {
  const store = await openStore(await open());
  const chain = await store.open(CHAIN);
  const size = (await chain.checkpoint())!.size;
  const notes = new Map<number, Uint8Array>();
  for await (const { size: noteSize, note } of chain.notes()) {
    const { root } = parseCheckpoint(parseNote(new TextEncoder().encode(note)).textBytes);
    notes.set(noteSize, root);
  }
  const range = CompactRange.empty();
  const ids: string[] = [];
  for await (const chunk of chain.records(0, size)) {
    for (const line of new TextDecoder().decode(chunk).trimEnd().split('\n')) {
      range.append(hashLeaf(new TextEncoder().encode(line)));
      ids.push((JSON.parse(line) as { event: { id: string } }).event.id);
      const signed = notes.get(ids.length);
      if (signed !== undefined) expect(range.root(), `${label}: the note of size ${ids.length}`).toEqual(signed);
    }
  }
  // A kill in the middle of a segment leaves some of its files: the next call of seal completes it.
  const registry = await parseRegistry(document);
  const sealing = sealChain({
    store: chain,
    target: folderTarget(join(folder, 'archive')),
    signers: [logKey],
    resolver: registry,
    registry: { digest: registry.digest, version: registry.version },
    exporter: { env: 'test', pii_policy_version: '1', service: 'crash', version: '0' },
    gzip: gzipMember,
    now: new Date().toISOString(),
    limits: { records: 200 },
  });
  for await (const segment of sealing) void segment;
  await store.close();
  expect(ids.length).toBe(size);
  expect(new Set(ids).size, `${label}: no record twice`).toBe(size);
  for (const [id, seq] of acknowledged) expect(ids[seq], `${label}: acknowledged as record ${seq}`).toBe(id);
  const report = await inspectArchive(folderSource(join(folder, 'archive')), {
    resolver: registry,
    chain: CHAIN,
    inflater: nodeInflater,
  });
  expect(report.findings, label).toEqual([]);
}

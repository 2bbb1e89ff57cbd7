import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealChain } from '@countersign/audit-chain/archive/seal';
import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { gzipMember } from '@countersign/audit-chain/node/archive/gzip';
import { CONFIG_FILE, formatLogConfig } from '@countersign/audit-chain/node/log/config';
import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import { generateKeyFile } from '@countersign/signer-registry/node/local-signer';
import { createDevRegistry } from '@countersign/signer-registry/registry/dev';
import { expect } from 'vitest';
import { collect } from '../../packages/audit-chain/src/append/stored-tree.ts';
import { emptyDatabase } from '../../packages/audit-chain/test/support/database.ts';
import { noted } from '../../packages/audit-chain/test/support/sealed.ts';
import { PGLITE_TEMPLATE } from '../../packages/audit-chain/test/support/template.ts';
import { auditChain } from '../../packages/verify-cli/src/node/audit-chain/program.ts';
import { openChain, openLog } from '../../packages/verify-cli/src/node/log/open.ts';
import { runHere } from '../../packages/verify-cli/test/support/run.ts';
import { seededRandom } from '../support/random.ts';
import { killableChild } from './child.ts';

/** What a run of kills needs. */
export interface RestoreKills {
  readonly folder: string;
  /** Databases that are restored, each killed so many times on its way. */
  readonly rounds: number;
  readonly kills: number;
  /** The last thing done to the disk before which a process may be killed. */
  readonly latest: number;
  /** Whether the database itself is made by what is killed. */
  readonly isNew: boolean;
  readonly seed: number;
}

/**
 * Kills restores at moments the seed decides. What is left is never signed unless it is whole, the next call goes on, and in the end there is
 * everything once, with one `chain.restored`.
 */
export async function restoreSurvivesKills({ folder, rounds, kills, latest, isNew, seed }: RestoreKills): Promise<void> {
  const [origin, archive] = [join(folder, 'origin'), join(folder, 'archive')];
  mkdirSync(origin);
  const { expected, segments } = await makeSealed(origin, archive);
  const random = seededRandom(seed);
  const killed = await killableChild('restore-child.mjs');
  for (let round = 0; round < rounds; round++) {
    const [copy, from] = [join(folder, `copy-${round}`), join(folder, `archive-${round}`)];
    cpSync(origin, copy, { recursive: true });
    cpSync(archive, from, { recursive: true });
    if (!isNew) cpSync(PGLITE_TEMPLATE, join(copy, 'db'), { recursive: true });
    let place = `seed ${seed}, round ${round}, killed at`;
    for (let kill = 0; kill < kills; kill++) {
      const at = 1 + Math.floor(random() * latest);
      place += ` ${at}`;
      await killed(Infinity, String(at), 'restore', copy, '--from', from);
    }
    if (existsSync(join(copy, 'db/PG_VERSION'))) await requireUnsigned(copy, expected.length, place);
    const { code, out, err } = await runHere(auditChain, ['restore', copy, '--from', from], folder);
    expect([code, err, out], place).toEqual([0, '', expect.stringContaining('verified')]);
    const log = await openLogForReading(copy);
    const restored = await lines(log.store);
    expect(restored.slice(0, expected.length), place).toEqual(expected);
    const own = restored.slice(expected.length).map((line) => (JSON.parse(line) as { event: { type: string } }).event.type);
    expect(own, place).toEqual(['chain.restored']);
    // Sealing goes on behind the segments that there are.
    expect(await log.store.segments(folderTarget(from).name), place).toEqual(segments);
    await log.close();
    rmSync(copy, { recursive: true });
  }
}

/** Makes a log without its database, and the archive that it was sealed to. */
async function makeSealed(folder: string, archive: string) {
  const chain = 'example.com/restored';
  mkdirSync(join(folder, 'keys'), { mode: 0o700 });
  const logKey = await generateKeyFile(join(folder, 'keys/dev.pem'), 'dev-log');
  const rootKey = await generateKeyFile(join(folder, 'keys/dev-root.pem'), 'dev-root');
  writeFileSync(join(folder, 'signers.json'), await createDevRegistry({ chain, logKey, rootKey, now: Date.now() }));
  const config = { chain, database: 'db', mark: 'keys/high-water.json', signer: 'file:keys', signers: 'signers.json' };
  writeFileSync(join(folder, CONFIG_FILE), formatLogConfig(config));
  const database = await openStore(await emptyDatabase(join(folder, 'db')));
  const store = await database.create(chain);
  const log = await openChain({ folder, config, store, close: () => database.close() });
  for (let batch = 0; batch < 4; batch++) {
    await Promise.all(Array.from({ length: 100 }, (_, n) => log.chain.append({ type: 'a.b', actor: `u:${n}`, payload: { n, batch } })));
    await noted(log.chain, store);
  }
  const target = folderTarget(archive);
  const sealing = sealChain({
    store,
    target,
    signers: log.segmentSigners,
    resolver: log.registry,
    registry: { digest: log.registry.digest, version: log.registry.version },
    exporter: { env: 'test', pii_policy_version: '1', service: 'crash', version: '0' },
    gzip: gzipMember,
    now: new Date().toISOString(),
    limits: { records: 100 },
  });
  for await (const segment of sealing) void segment;
  const made = { expected: await lines(store), segments: await store.segments(target.name) };
  await log.close();
  rmSync(join(folder, 'db'), { recursive: true });
  expect(made.segments.length).toBeGreaterThan(3);
  return made;
}

/** A log that was not put back whole is signed by nobody. */
async function requireUnsigned(folder: string, size: number, place: string): Promise<void> {
  const opened = await openLog(folder).catch((error: unknown) => {
    const { code } = error as { code?: unknown };
    expect(['ERR_CHAIN_ROLLED_BACK', 'ERR_CHAIN_UNKNOWN'], `${place}: ${String(error)}`).toContain(code);
  });
  if (opened === undefined) return;
  expect(opened.chain.size, place).toBeGreaterThanOrEqual(size);
  await opened.close();
}

async function lines(store: ChainStore): Promise<string[]> {
  const { size } = (await store.checkpoint())!;
  return new TextDecoder()
    .decode(await collect(store.records(0, size)))
    .trimEnd()
    .split('\n');
}

// A tile tree of ours, deep enough for three levels, read by golang.org/x/mod/sumdb/tlog.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Chain } from '@countersign/audit-chain/append/chain';
import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { openPglite } from '@countersign/audit-chain/node/pglite/open';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { publishTiles } from '@countersign/audit-chain/tiles/publish';
import { noteKey } from '@countersign/proof-core/note/key';
import { formatVkey } from '@countersign/proof-core/note/vkey';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { event, signer } from '../../../packages/audit-chain/test/support/chain.ts';
import { newParts, noted } from '../../../packages/audit-chain/test/support/sealed.ts';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));
const version = spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '';
const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(version) ?? [];
const hasGo = Number(major) > 1 || Number(minor) >= 24;
const SIZES = [1, 300, 65_536, 66_100];

describe.skipIf(!hasGo)(`a tile tree and golang.org/x/mod/sumdb/tlog${hasGo ? '' : ' (no Go 1.24 or later here)'}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tiles-'));
  const [tree, program] = [join(folder, 'tree'), join(folder, 'tiles')];
  const older: string[] = [];
  let vkey = '';
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: SOURCE, encoding: 'utf8' });
    expect(built.stderr).toBe('');
    const store = await openStore(await openPglite(join(folder, 'db')));
    const parts = await newParts(store);
    const chain = await Chain.open(parts);
    for (const size of SIZES) {
      while (chain.size < size) {
        await Promise.all(Array.from({ length: Math.min(5000, size - chain.size) }, (_, n) => chain.append(event(n))));
      }
      await noted(chain, parts.store);
      for await (const _ of publishTiles({ store: parts.store, target: folderTarget(tree), resolver: parts.resolver }));
      older.push(join(folder, `${size}.checkpoint`));
      copyFileSync(join(tree, 'checkpoint'), older.at(-1)!);
    }
    vkey = formatVkey(noteKey(chain.id, signer.publicKey));
    await chain.close();
    await store.close();
  }, 300_000);

  const check = () => spawnSync(program, [tree, vkey, ...older], { encoding: 'utf8' });

  test('is read there: records, and the trees of all sizes that were published', () => {
    const { status, stdout, stderr } = check();
    expect([status, stdout, stderr]).toEqual([0, `${SIZES.at(-1)} records, ${SIZES.length} older checkpoints\n`, '']);
  });

  test('is refused there with one bit of a tile or a bundle changed', () => {
    for (const path of ['tile/0/000', 'tile/1/000', 'tile/1/001.p/2', 'tile/2/000.p/1', 'tile/0/258.p/52', 'tile/entries/000']) {
      const file = join(tree, path);
      const kept = readFileSync(file);
      rmSync(file);
      writeFileSync(file, kept.with(40 % kept.length, kept[40 % kept.length]! ^ 1));
      expect([path, check().status]).toEqual([path, 1]);
      rmSync(file);
      writeFileSync(file, kept);
    }
    expect(check().status).toBe(0);
  });
});

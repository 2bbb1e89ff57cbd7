import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../../../../tools/postgres.mjs';
import { fromPool } from '../../src/adapters/pg.ts';
import { Chain } from '../../src/append/chain.ts';
import { openStore } from '../../src/store/sql-store.ts';
import { event } from '../support/chain.ts';
import { temporaryFolder } from '../support/database.ts';
import { postgresMissing } from '../support/postgres.ts';
import { newParts } from '../support/sealed.ts';

const disk = temporaryFolder();

/** Why there is no small disk, or undefined when there is one. */
function mount(): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', disk.path], { stdio: 'pipe' });
    chmodSync(disk.path, 0o755);
    return undefined;
  } catch {
    return 'this user may not mount a tmpfs';
  }
}

const missing = postgresMissing() ?? mount();
afterAll(() => {
  if (missing === undefined) execFileSync('umount', ['-l', disk.path]);
  disk.remove();
});

describe(`a full disk under PostgreSQL${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  test.skipIf(missing !== undefined)(
    'is a coded error, nothing acknowledged is lost, and the open chain goes on when there is space again',
    async () => {
      const { TMPDIR } = process.env;
      process.env['TMPDIR'] = disk.path;
      const server = await startPostgres();
      if (TMPDIR === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = TMPDIR;
      if (typeof server === 'string') throw new Error(server);
      const store = await openStore(fromPool(new Pool({ connectionString: server.url })));
      const parts = await newParts(store);
      const chain = await Chain.open(parts);
      const big = () => event(1, { payload: { text: randomBytes(15_000).toString('hex') } });
      const acknowledged: { id: string; seq: number }[] = [await chain.append(big())];

      const filler = join(disk.path, 'filler');
      const { bavail, bsize } = statfsSync(disk.path);
      writeFileSync(filler, new Uint8Array(bavail * bsize - 1_000_000));
      const errors: unknown[] = [];
      for (let round = 0; round < 60 && errors.length < 3; round++) {
        for (const result of await Promise.allSettled([big(), big(), big()].map((one) => chain.append(one)))) {
          if (result.status === 'fulfilled') acknowledged.push(result.value);
          else errors.push(result.reason);
        }
      }
      expect(errors.length).toBeGreaterThanOrEqual(3);
      for (const error of errors) expect(error).toMatchObject({ code: 'ERR_DISK_FULL' });

      rmSync(filler);
      acknowledged.push(await chain.append(big()));
      await chain.close();
      const again = await Chain.open(parts);
      expect(again.settledSize).toBe(again.size);
      expect(again.size).toBe(acknowledged.length + 1);
      for (const { id, seq } of acknowledged) expect((await again.receipt(seq)).id).toBe(id);
      await again.close();
      await store.close();
      server.stop();
    },
  );
});

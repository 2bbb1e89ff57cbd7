import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { afterAll, expect, test } from 'vitest';
import { collect } from '../../packages/audit-chain/src/append/stored-tree.ts';
import { temporaryFolder } from '../../packages/audit-chain/test/support/database.ts';
import { openLog } from '../../packages/verify-cli/src/node/log/open.ts';
import { makeLog } from '../../packages/verify-cli/test/support/log.ts';
import { seededRandom } from '../support/random.ts';
import { killableChild } from './child.ts';

const ROUNDS = Number(process.env['COUNTERSIGN_KILLS'] ?? 20);
const EVENTS = 1500;
const folder = temporaryFolder();
afterAll(() => folder.remove());

test(
  'kill -9 in the middle of an import loses nothing acknowledged, doubles nothing and leaves every record signed',
  { timeout: ROUNDS * 100_000 },
  async () => {
    const seed = Number(process.env['COUNTERSIGN_SEED'] ?? 20261121);
    const random = seededRandom(seed);
    const log = join(folder.path, 'log');
    await makeLog(log, 'example.com/crash');
    const killedAfter = await killableChild('import-child.mjs');
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      // Every third file is imported again: what was acknowledged of it is found there.
      const file = join(folder.path, `events-${round - (round % 3 === 2 ? 1 : 0)}.jsonl`);
      writeFileSync(
        file,
        Array.from({ length: EVENTS }, (_, n) => `{"type":"a.b","actor":"user:${n % 5}","payload":{"n":${n},"file":"${file}"}}\n`).join(''),
      );
      const { lines, byItself } = await killedAfter(1 + Math.floor(random() * (EVENTS - 1)), log, file);
      // It may be through before the signal arrives.
      expect(byItself ?? 'exit code 0', `seed ${seed}, round ${round}`).toMatch(/^exit code 0/);
      for (const line of lines) {
        const [seq, id] = line.split(' ');
        // What an earlier round acknowledged is acknowledged again, at the same place.
        expect(acknowledged.get(id!) ?? Number(seq), `seed ${seed}, round ${round}`).toBe(Number(seq));
        acknowledged.set(id!, Number(seq));
      }
    }

    const again = await openLog(log);
    const size = again.chain.settledSize;
    expect(again.chain.size).toBe(size);
    await again.close();
    const reading = await openLogForReading(log);
    const records = new TextDecoder()
      .decode(await collect(reading.store.records(0, size)))
      .trimEnd()
      .split('\n');
    await reading.close();
    const ids = records.map((record) => /"id":"([^"]+)"/.exec(record)![1]!);
    expect(new Set(ids).size).toBe(size);
    for (const [id, seq] of acknowledged) expect(ids[seq], `seed ${seed}: acknowledged as record ${seq}`).toBe(id);
    expect(acknowledged.size).toBeGreaterThan(ROUNDS);
  },
);

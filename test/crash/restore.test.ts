import { afterAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../packages/audit-chain/test/support/database.ts';
import { restoreSurvivesKills } from './restore.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

test('a restore that is killed leaves what nobody signs, and the next one goes on', { timeout: 60_000 }, async () => {
  const run = { folder: folder.path, rounds: 1, kills: 1, latest: 300, isNew: false, seed: 2 };
  await expect(restoreSurvivesKills(run)).resolves.toBeUndefined();
});

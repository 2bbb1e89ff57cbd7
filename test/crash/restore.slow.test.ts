import { afterAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../packages/audit-chain/test/support/database.ts';
import { restoreSurvivesKills } from './restore.ts';

const folders = [temporaryFolder(), temporaryFolder()];
afterAll(() => {
  for (const folder of folders) folder.remove();
});
const seed = Number(process.env['COUNTERSIGN_SEED'] ?? 20261122);

test('restores into a new folder that are killed again and again, also while the database is made', { timeout: 300_000 }, async () => {
  const run = { folder: folders[0]!.path, rounds: 4, kills: 4, latest: 3000, isNew: true, seed };
  await expect(restoreSurvivesKills(run)).resolves.toBeUndefined();
});

test('restores into a database that are killed at any moment', { timeout: 300_000 }, async () => {
  const run = { folder: folders[1]!.path, rounds: 10, kills: 1, latest: 300, isNew: false, seed };
  await expect(restoreSurvivesKills(run)).resolves.toBeUndefined();
});

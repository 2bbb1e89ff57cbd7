import { expect, test } from 'vitest';
import { temporaryFolder } from '../../packages/audit-chain/test/support/database.ts';
import { witnessSurvivesKills } from './witness.ts';

test('a witness that is killed a hundred times never cosigns a second history', async () => {
  const folder = temporaryFolder();
  await expect(witnessSurvivesKills(folder.path, 100, 6962)).resolves.toBeUndefined();
  folder.remove();
});

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const NURSERY = fileURLToPath(new URL('../../dist/node/audit-verify/nursery.js', import.meta.url));

/** Megabytes of the young generation of a process that has kept much of what it made for a while; and what it said. */
function young(before: string): { readonly megabytes: number; readonly said: string } {
  const code = `${before}
    import { getHeapSpaceStatistics } from 'node:v8';
    let kept = [];
    for (let i = 0; i < 3e6; i++) { kept.push({ i }); if (kept.length > 2e5) kept = []; }
    console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20);`;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { megabytes: Number(said.trim()), said };
}

test('the young generation stays as small as it begins, and would not by itself', () => {
  expect(young('').megabytes).toBeGreaterThan(8);
  const { megabytes, said } = young(`import { keepNurserySmall } from ${JSON.stringify(NURSERY)}; keepNurserySmall(true);`);
  expect(said).toMatch(/^[0-9.]+\n$/);
  expect(megabytes).toBeLessThanOrEqual(4);
});

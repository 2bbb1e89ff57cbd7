import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Workplace, makeLog } from '../../../../test/rotation/commands.ts';

let place: Workplace;
beforeAll(() => {
  place = new Workplace();
});
afterAll(() => {
  vi.useRealTimers();
  place.remove();
});

test('the doctor finds a key that no longer signs a log', async () => {
  await place.ok('audit-signers init --new-root root-1=root-1.key');
  await place.ok('audit-signers add log-1 --new-key log-1.key --purpose checkpoint --chain example.com/audit --active --key root-1.key');
  await makeLog(place, 'example.com/audit', `file:${place.at('log-1.key')}`);
  expect((await place.ok('audit-signers doctor --log log')).out).not.toContain('key-unused');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 91 * 86_400_000 });
  expect((await place.ok('audit-signers doctor --log log')).out).toMatch(/key-unused +log-1/);
});
